/** Runtime: the cluster primary and its ops port, and what each process does from its start to its end. */
export { startBackgroundTasks } from './background-tasks.js';
export { runClusterPrimary, type ProcessScripts } from './cluster-primary.js';
export { drainOnSignal, EXIT_CONFIGURATION, failStart } from './process-lifecycle.js';
export { reportReady, serveStatus } from './process-link.js';
