import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtFile } from '../load/built-files.js';
import type { CleanUp } from '../load/clean-up.js';
import { pinProcess, SERVER_CORE } from '../load/pinning.js';

const START_MAX_MS = 20_000;
/** Each connection writes its own of these. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding', 'content-length']);

export type BaselineName = 'node-http' | 'bare-fastify' | 'nest-empty' | 'redis-get' | 'postgres-select';

/** Records the product's own answer, for baselines to repeat. @returns the file that holds it */
export async function recordAnswer(url: string, folder: string, name: string): Promise<string> {
  const answer = await fetch(url);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
  const headers = Object.fromEntries([...answer.headers].filter(([header]) => !OF_THE_CONNECTION.has(header)));
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ headers, body }));
  return file;
}

/** A server that runs beside the product. */
export interface Baseline {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a baseline on the server's core. */
export async function startBaseline(name: BaselineName, args: readonly string[], cleanUp: CleanUp): Promise<Baseline> {
  const child = fork(builtFile(`test/bench/baselines/${name}.js`), [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  cleanUp.add(stop);
  const port = await new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`The baseline ${name} did not start.`)), START_MAX_MS);
    child.once('message', (message: { port: number }) => {
      clearTimeout(late);
      resolve(message.port);
    });
    child.once('exit', (code) => reject(new Error(`The baseline ${name} ended with ${code}.`)));
  });
  if (child.pid !== undefined) pinProcess(child.pid, SERVER_CORE);
  return { url: `http://127.0.0.1:${port}`, stop };
}
