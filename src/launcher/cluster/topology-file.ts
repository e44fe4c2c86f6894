import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../machine/write-private-file.js';
import type { ServerHome } from '../machine/service-user.js';

const FILE = 'topology.json';

/** The name of the server that was the primary last, or null. Where the data folders differ, they decide. */
export function readLastPrimary(home: ServerHome): string | null {
  try {
    const { primary } = JSON.parse(readFileSync(join(home.path, FILE), 'utf8')) as { primary?: unknown };
    return typeof primary === 'string' ? primary : null;
  } catch {
    return null;
  }
}

export function writeLastPrimary(home: ServerHome, primary: string): void {
  writePrivateFile(join(home.path, FILE), `${JSON.stringify({ primary })}\n`);
}
