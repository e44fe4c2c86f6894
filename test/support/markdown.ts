import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './source-files.js';

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', '.bulwark', 'reports']);

/** The Markdown files of the repository, relative to its root. */
export function markdownFiles(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
  });
}

export const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Text outside code blocks and inline code, where brackets are no links. */
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/** `## The three walks` becomes `the-three-walks`, as GitHub's renderer makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-');

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ''));

/** The relative links of a document whose file, folder or heading does not exist. */
export function brokenLinks(path: string, text: string): string[] {
  const links = [...withoutCode(text).matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return links.filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(ROOT, target))) return true;
    if (anchor === undefined) return false;
    return !target.endsWith('.md') || !anchorsOf(file === '' ? text : readDocument(target)).includes(anchor);
  });
}

/** The texts of a document's `##` headings, in order. */
export const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^## (.+)$/gm)].map((match) => (match[1] ?? '').trim());

/** What stands below a `##` heading, up to the next one. */
export function sectionOf(text: string, heading: string): string {
  const [, after = ''] = text.split(`\n## ${heading}\n`);
  return after.split(/\n## /)[0]?.trim() ?? '';
}

/** Words below the title; signs that stand alone (table bars, dashes) are none. */
export const wordsBelowTitle = (text: string): number =>
  text
    .split('\n')
    .slice(1)
    .join('\n')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/** Roots of paths as documents write them: from the repository, from `src`, from `src/modules`. */
const PATH_BASES = ['', 'src', 'src/modules'];
const PATH = /^(?:src|test|docker|migrations|adr|platform|catalog|account|payments)(?:\/[\w.-]+)+\/?$/;

/** What a document lets its reader make. */
const MADE_BY_READERS = new Set(['docker/.env']);

/** The paths in inline code that name no file and no folder; TypeScript files may stand without their suffix. */
export function brokenPaths(text: string): string[] {
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
  return inline
    .filter((code) => PATH.test(code) && !MADE_BY_READERS.has(code))
    .filter(
      (path) => !PATH_BASES.some((base) => [path, `${path}.ts`].some((file) => existsSync(join(ROOT, base, file)))),
    );
}
