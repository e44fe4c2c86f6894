/** Background: what runs in the worker process only. */
export { RunsInWorker, startBackgroundTasks, type BackgroundTask } from './runs-in-worker.js';
