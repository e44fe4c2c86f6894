import { runUntilEnded } from './supervision/run-until-ended.js';

/** `npm run dev`: `up` that builds a source file when it is saved and serves it, while the services run on. */
runUntilEnded({ edge: process.argv.includes('--edge'), watch: true });
