import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { edgeDefinition } from './embedded/edge.js';
import { Guard } from './embedded/guard-client.js';
import { ServiceLog } from './embedded/service-log.js';
import { ServiceProcess } from './embedded/service-process.js';
import { ensureSystemPrograms } from './machine/find-programs.js';
import { LauncherError } from './machine/launcher-error.js';
import { prepareServerHome } from './machine/service-user.js';

/**
 * The edge alone, before an application that the caller runs: for measurements, drills and tests.
 * `node dist/src/launcher/edge-alone.js --application PORT --data-dir DIR [--port PORT]` prints
 * `{"ready":true,"port":N,"pid":N}` once it serves, and ends by SIGTERM or SIGINT.
 */
async function edgeAlone(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { application: { type: 'string' }, 'data-dir': { type: 'string' }, port: { type: 'string' } },
  });
  const applicationPort = portOf('--application', values.application);
  const port = values.port === undefined ? undefined : portOf('--port', values.port);
  if (values['data-dir'] === undefined) throw new LauncherError('--data-dir wants a folder.');
  const dataDir = resolve(values['data-dir']);
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const { nginx = '' } = ensureSystemPrograms(['nginx'], (step) => process.stderr.write(`${step}\n`));
  const guard = new Guard();
  const definition = edgeDefinition({
    home: prepareServerHome(dataDir),
    program: nginx,
    applicationPort: () => applicationPort,
  });
  const edge = new ServiceProcess(definition, { guard, log: new ServiceLog(dataDir, definition.name), port });
  const endRequested = new Promise<void>((resolveEnd) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolveEnd());
  });
  try {
    await edge.start();
    process.stdout.write(`${JSON.stringify({ ready: true, port: edge.port, pid: edge.pid })}\n`);
    // Held by the timer: neither the guard nor its pipe keeps this process.
    const alive = setInterval(() => edge.log.trim(), 60_000);
    await endRequested;
    clearInterval(alive);
  } finally {
    await edge.stop();
    guard.close();
  }
}

/** @throws LauncherError when the text is no port */
function portOf(option: string, text: string | undefined): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new LauncherError(`${option} got ${JSON.stringify(text)}; it wants a port number from 1 to 65535.`);
}

edgeAlone(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof LauncherError ? error.message : ((error as Error).stack ?? String(error))}\n`,
    );
    process.exit(1);
  },
);
