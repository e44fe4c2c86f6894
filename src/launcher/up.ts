import { runUntilEnded } from './supervision/run-until-ended.js';

/** `npm run up`, with `--edge` behind nginx: one process that starts everything, keeps it running and ends it. */
runUntilEnded({ edge: process.argv.includes('--edge'), watch: false });
