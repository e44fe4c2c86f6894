import { SigningKeys } from '../platform/identity/index.js';
import { print, runCommand } from './command/run-command.js';
import { withApp } from './command/with-app.js';

runCommand('keys:rotate', (command) =>
  command
    .description('Makes a new token-signing key; running processes take it up within seconds.')
    .action(async () => {
      const kid = await withApp((app) => app.get(SigningKeys, { strict: false }).rotate());
      print(`New tokens are signed with the key ${kid}; older ones verify until their tokens have run out.`);
    }),
);
