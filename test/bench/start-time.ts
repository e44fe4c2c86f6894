import { fork } from 'node:child_process';
import { builtFile } from '../load/built-files.js';
import { probeFreePort } from '../../src/platform/machine/index.js';
import { environmentOf, type Instance } from '../load/spawn-instance.js';
import type { BenchSystem } from './bench-system.js';
import { median } from './rounds.js';
import type { BenchRow } from './targets.js';

const STARTS = 3;
const START_MAX_MS = 60_000;
const MS_PER_SECOND = 1_000;

/** P18: the second start of everything, and of a web process beside services that run. */
export async function benchStartTime(system: BenchSystem): Promise<BenchRow[]> {
  system.options.say('P18: starts');
  // Never asked for before, so that the system starts again in the folder it was started in.
  const instance = await system.with({ CACHE_WARM_ITEMS_MAX: '1' });
  const seconds: number[] = [];
  for (let n = 0; n < STARTS; n += 1) seconds.push((await startWeb(instance)) / MS_PER_SECOND);
  return [
    { name: 'P18', value: instance.readyAfterMs / MS_PER_SECOND, evidence: { readyAfterMs: instance.readyAfterMs } },
    { name: 'P18 web', value: median(seconds), evidence: { seconds } },
  ];
}

/** Starts the head and one web process; answers after how many ms they took requests. */
async function startWeb(instance: Instance): Promise<number> {
  const env = {
    ...environmentOf(instance),
    BULWARK_ROLE: 'web',
    WEB_WORKERS: '1',
    PORT: String(await probeFreePort()),
    OPS_PORT: String(await probeFreePort()),
  };
  const began = performance.now();
  const child = fork(builtFile('src/main.js'), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('A web process was not ready in time.')), START_MAX_MS);
      child.on('message', (message: { ready?: boolean }) => {
        if (!message.ready) return;
        clearTimeout(late);
        resolve();
      });
      child.once('exit', (code) => reject(new Error(`A web process ended with ${code}.`)));
    });
    return performance.now() - began;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
