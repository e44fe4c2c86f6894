import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyRunningData } from './base-backup.js';

describe('the copy of a running server', () => {
  let home: { path: string; user: null };
  beforeEach(() => {
    home = { path: mkdtempSync(join(tmpdir(), 'bulwark-backup-')), user: null };
  });
  afterEach(() => rmSync(home.path, { recursive: true }));

  it('has its data and timelines, and neither its log, its slots nor what belongs to the process', async () => {
    const from = join(home.path, 'from');
    for (const name of [
      'PG_VERSION',
      'postgresql.auto.conf',
      'postmaster.pid',
      'standby.signal',
      'base/1/16384',
      'base/1/pg_internal.init',
      'base/1/t3_16999',
      'base/pgsql_tmp/pgsql_tmp1.0/0',
      'global/pg_control',
      'pg_wal/000000010000000000000001',
      'pg_wal/00000002.history',
      'pg_wal/summaries/00000002.history',
      'pg_replslot/bulwark_postgres_2/state',
    ]) {
      mkdirSync(dirname(join(from, name)), { recursive: true });
      writeFileSync(join(from, name), name);
    }
    const to = join(home.path, 'to');
    await copyRunningData(home, from, to);
    expect(readdirSync(to, { recursive: true }).toSorted()).toEqual([
      'PG_VERSION',
      'base',
      'base/1',
      'base/1/16384',
      'global',
      'global/pg_control',
      'pg_replslot',
      'pg_wal',
      'pg_wal/00000002.history',
      'postgresql.auto.conf',
    ]);
    expect(readFileSync(join(to, 'global/pg_control'), 'utf8')).toBe('global/pg_control');
  });
});
