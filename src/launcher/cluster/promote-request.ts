import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../machine/write-private-file.js';

/** What a command asks of the supervisor that runs on the same data folder. */
export interface PromoteRequest {
  readonly id: string;
}

export interface PromoteAnswer {
  readonly id: string;
  readonly done: boolean;
  readonly message: string;
}

const REQUEST = 'promote-request.json';
const ANSWER = 'promote-answer.json';

export function askToPromote(dataDir: string, request: PromoteRequest): void {
  rmSync(join(dataDir, ANSWER), { force: true });
  writePrivateFile(join(dataDir, REQUEST), JSON.stringify(request));
}

/** The request that waits, taken off: it is carried out once or not at all. */
export function takeRequest(dataDir: string): PromoteRequest | null {
  const path = join(dataDir, REQUEST);
  if (!existsSync(path)) return null;
  const taken = `${path}.taken`;
  renameSync(path, taken);
  try {
    return JSON.parse(readFileSync(taken, 'utf8')) as PromoteRequest;
  } catch {
    // Written by hand; there is no command to answer.
    return null;
  } finally {
    rmSync(taken, { force: true });
  }
}

export function answerRequest(dataDir: string, answer: PromoteAnswer): void {
  writePrivateFile(join(dataDir, ANSWER), JSON.stringify(answer));
}

/** The answer to a request, or null while there is none. */
export function readAnswer(dataDir: string, id: string): PromoteAnswer | null {
  const path = join(dataDir, ANSWER);
  if (!existsSync(path)) return null;
  const answer = JSON.parse(readFileSync(path, 'utf8')) as PromoteAnswer;
  return answer.id === id ? answer : null;
}

/** Forgets what a supervisor before us was asked. */
export function forgetRequests(dataDir: string): void {
  for (const name of [REQUEST, ANSWER]) rmSync(join(dataDir, name), { force: true });
}
