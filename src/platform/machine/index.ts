/** Machine: what a process asks of the computer it runs on. For the launcher, the tools and the commands. */
export { probeFreePort } from './ports.js';
export { explainSystemError, shownPath } from './explain-system-error.js';
