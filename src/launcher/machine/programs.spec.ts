import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainMissing, findProgram } from './programs.mjs';

describe('the search for programs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-path-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('prefers the search path of the user', () => {
    const program = join(folder, 'pgbouncer');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    expect(findProgram('pgbouncer', folder)).toBe(program);
  });

  it('passes over a file that cannot be run', () => {
    writeFileSync(join(folder, 'pgbouncer'), '', { mode: 0o644 });
    expect(findProgram('pgbouncer', folder)).not.toBe(join(folder, 'pgbouncer'));
  });

  it('names the command of each package manager', () => {
    const text = explainMissing(['redis', 'pgbouncer']);
    expect(text).toContain('apt-get install -y --no-install-recommends redis-server pgbouncer');
    expect(text).toContain('dnf install -y redis pgbouncer');
    expect(text).toContain('brew install redis pgbouncer');
    expect(explainMissing(['pgbouncer'])).not.toMatch(/install.*redis/);
  });

  it('offers a variable only for what one can replace', () => {
    expect(explainMissing(['redis', 'nginx'])).toContain('Or point REDIS_URL at servers of your own.');
    expect(explainMissing(['nginx'])).toContain('apt-get install -y --no-install-recommends nginx');
    expect(explainMissing(['nginx'])).not.toContain('Or point');
  });
});
