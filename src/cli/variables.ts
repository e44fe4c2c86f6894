import { describeVariables } from '../platform/config/index.js';

/** Prints every variable that this build reads, as Markdown; `docker/variables.md` is its output. */
process.stdout.write(describeVariables());
