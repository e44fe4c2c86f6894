// @ts-check
/** @import { DefaultedVariable, DerivedVariable, Kind, RequiredVariable, Variable } from './variable-types.js' */

/**
 * Declares a variable without which the process does not start.
 * @template T
 * @param {Kind<T>} kind
 * @param {string} meaning
 * @returns {RequiredVariable<T>}
 */
export function required(kind, meaning) {
  return { presence: 'required', kind, meaning };
}

/**
 * Declares a variable that has a default.
 * @template T
 * @param {Kind<T>} kind
 * @param {NoInfer<T>} value
 * @param {string} meaning
 * @returns {DefaultedVariable<T>}
 */
export function defaulted(kind, value, meaning) {
  return { presence: 'defaulted', kind, meaning, default: value };
}

/**
 * Declares a variable whose absence means something else than a fixed value.
 * @template T
 * @param {Kind<T>} kind
 * @param {string} otherwise says in words what then holds
 * @param {string} meaning
 * @returns {DerivedVariable<T>}
 */
export function derived(kind, otherwise, meaning) {
  return { presence: 'derived', kind, meaning, otherwise };
}

/**
 * Marks a variable that would hurt customers.
 * @template {Variable} V
 * @param {V} variable
 * @param {string} reason
 * @returns {V}
 */
export function developmentOnly(variable, reason) {
  return { ...variable, developmentOnly: reason };
}
