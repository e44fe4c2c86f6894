import { isTooOld, NODE_MIN } from './bootstrap/node-min.mjs';

/**
 * The first file of every npm script: it runs in a fresh clone, before anything is installed, so it and its folder
 * import nothing but Node itself. An old Node must be able to read this file and the one it imports to be refused.
 */
if (isTooOld(process.versions.node)) {
  process.stderr.write(
    'Bulwark wants Node ' +
      NODE_MIN +
      ' or newer; this is ' +
      process.versions.node +
      '. ' +
      'Install a newer one from https://nodejs.org.\n',
  );
  process.exitCode = 1;
} else {
  import('./bootstrap/run.mjs').then(({ run }) => run(process.argv.slice(2)));
}
