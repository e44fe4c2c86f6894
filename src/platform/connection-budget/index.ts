/** Connection budget: no instance starts that the pooler or the database could not carry (ADR 015). */
export { ConnectionBudget, BudgetRefusal } from './connection-budget.js';
export { PoolerConsole } from './pooler-console.js';
export { readBudget, type BudgetReading } from './read-budget.js';
