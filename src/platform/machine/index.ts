/** Machine: what a process asks of the computer it runs on. For the launcher and the tools, which start processes. */
export { holdFreePort, holdPort, probeFreePort, type HeldPort } from './ports.js';
