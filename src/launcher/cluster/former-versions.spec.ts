import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptFormerData } from './former-versions.js';

describe('data of a former version', () => {
  let home: { path: string; user: null };
  beforeEach(() => {
    home = { path: mkdtempSync(join(tmpdir(), 'bulwark-former-')), user: null };
  });
  afterEach(() => rmSync(home.path, { recursive: true }));

  it('get the names of now, and no commit waits for a replica that no monitor watches', async () => {
    mkdirSync(join(home.path, 'primary'));
    mkdirSync(join(home.path, 'postgres-2'));
    const settings = "work_mem = '8MB'\nsynchronous_standby_names = 'FIRST 1 (bulwark_postgres_2)'\n";
    writeFileSync(join(home.path, 'primary', 'postgresql.auto.conf'), settings);
    await adoptFormerData(home, 4);
    expect(existsSync(join(home.path, 'primary'))).toBe(false);
    const adopted = join(home.path, 'postgres-1', 'postgresql.auto.conf');
    expect(readFileSync(adopted, 'utf8')).toBe("work_mem = '8MB'\n");
  });

  it("leave an operator's own choice as it is", async () => {
    const folder = join(home.path, 'postgres-2');
    mkdirSync(folder);
    const own = "synchronous_standby_names = 'ANY 1 (*)'\n";
    writeFileSync(join(folder, 'postgresql.auto.conf'), own);
    await adoptFormerData(home, 4);
    expect(readFileSync(join(folder, 'postgresql.auto.conf'), 'utf8')).toBe(own);
  });
});
