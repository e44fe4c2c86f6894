import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.js';

/** One instruction, its lines joined. */
export interface Instruction {
  name: string;
  text: string;
}

/** The stages of a Dockerfile by name; the last one, which is what ships, is also `last`. */
export function readDockerfile(path: string): Record<string, Instruction[]> {
  const text = readFileSync(join(ROOT, path), 'utf8')
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ');
  const stages: Record<string, Instruction[]> = {};
  let current: Instruction[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      current = [];
      stages[/\sAS\s+(\w+)/i.exec(rest)?.[1] ?? 'last'] = current;
      stages.last = current;
    }
    current.push({ name, text: rest.trim() });
  }
  return stages;
}
