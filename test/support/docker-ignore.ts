import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.js';

/**
 * Whether `.dockerignore` lets a path into the build, as Docker reads it: the last line that matches the path or one of
 * its folders decides, and `!` takes back in.
 */
export function readDockerIgnore(): (path: string) => boolean {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const rules = lines.map((line) => ({
    takesIn: line.startsWith('!'),
    pattern: toRegExp(line.replace(/^!/, '').replace(/\/$/, '')),
  }));
  return (path) => {
    const parts = path.split('/');
    const places = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    return rules.findLast(({ pattern }) => places.some((place) => pattern.test(place)))?.takesIn ?? true;
  };
}

/** `**` is any number of folders, `*` is anything but a separator. */
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((part) => (part === '**' ? '**' : part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)))
    .join('/')
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?');
  return new RegExp(`^${source}$`);
}
