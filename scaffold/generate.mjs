import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { normalize, virtualFs } from '@angular-devkit/core';
import { NodeJsSyncHost } from '@angular-devkit/core/node/index.js';
import { HostSink, HostTree, applyContentTemplate, applyPathTemplate } from '@angular-devkit/schematics';
import { format, resolveConfig } from 'prettier';
import { lastValueFrom } from 'rxjs';
import { KINDS } from './kinds.mjs';
import { ScaffoldRefusedError, refuseTakenNames } from './names.mjs';

const TEMPLATES = join(fileURLToPath(new URL('.', import.meta.url)), 'templates');

/**
 * Writes one of {@link KINDS} into the repository, all of it or, when anything stands in its way, nothing.
 * @returns the paths that were created and changed, and the patterns that run the new suites
 * @throws ScaffoldRefusedError
 */
export async function generate(root, kind, context, name, options) {
  const { templates, values, edits, suites } = KINDS[kind](root, context, name, options);
  const host = new virtualFs.ScopedHost(new NodeJsSyncHost(), normalize(root));
  const files = new Files(root, new HostTree(host));
  for (const template of templates)
    for (const { path, text } of rendered(join(TEMPLATES, template), values)) await files.create(path, text);
  for (const edit of edits) edit(files);
  await files.formatChanged();
  refuseTakenNames(root, files.all());
  for (const { path } of files.all()) refuseReadOnly(join(root, path));
  // The tree is in memory until here.
  await lastValueFrom(new HostSink(host).commit(files.tree), { defaultValue: undefined });
  return { created: files.created, changed: [...files.changed], suites };
}

/** Found out before anything is written, since a commit that stops half-way takes nothing back. */
function refuseReadOnly(path) {
  if (!existsSync(path)) return refuseReadOnly(dirname(path));
  try {
    accessSync(path, constants.W_OK);
  } catch {
    throw new Error(`${path} is not open to this user (permission denied).`);
  }
}

/** The files of one run: new ones, and those that are there with their changes. */
class Files {
  created = [];
  changed = new Set();

  constructor(root, tree) {
    this.root = root;
    this.tree = tree;
  }

  async create(path, text) {
    if (existsSync(join(this.root, path))) throw new ScaffoldRefusedError(`${path} exists already.`);
    this.tree.create(path, await this.formatted(path, text));
    this.created.push(path);
  }

  change(path, edit) {
    if (!this.tree.exists(path)) throw new ScaffoldRefusedError(`${path} is missing, which has to change.`);
    this.tree.overwrite(path, edit(this.tree.readText(path)));
    this.changed.add(path);
  }

  async formatChanged() {
    for (const path of this.changed) this.tree.overwrite(path, await this.formatted(path, this.tree.readText(path)));
  }

  all() {
    return [...this.created, ...this.changed].map((path) => ({ path, text: this.tree.readText(path) }));
  }

  async formatted(path, text) {
    const filepath = join(this.root, path);
    return format(text, { ...(await resolveConfig(filepath)), filepath });
  }
}

/** The files of a folder of templates: `__name__` in paths, `<%= name %>` in texts. */
function rendered(folder, values) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => {
      const path = file.slice(folder.length + 1).replace(/\.template$/, '');
      const entry = applyContentTemplate(values)(
        applyPathTemplate(values)({ path: `/${path}`, content: readFileSync(file) }),
      );
      return { path: entry.path.slice(1), text: entry.content.toString() };
    });
}
