import { describeVariables } from '../platform/config/index.js';
import { runCommand } from './command/run-command.js';

runCommand('docs:variables', (command) =>
  command
    .description('Prints every variable that this build reads, as Markdown; docker/variables.md is its output.')
    .action(() => void process.stdout.write(describeVariables())),
);
