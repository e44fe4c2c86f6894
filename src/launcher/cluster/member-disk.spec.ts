import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyRunningData } from './copy-running-data.js';
import {
  cleanEndOf,
  emptySlots,
  forgetSynchronousNames,
  isPrimaryFolder,
  isStandbyFolder,
  markStandby,
  timelineOf,
} from './member-disk.js';

describe('the data folder of a server', () => {
  let home: { path: string; user: null };
  let folder: string;
  beforeEach(() => {
    home = { path: mkdtempSync(join(tmpdir(), 'bulwark-member-')), user: null };
    folder = join(home.path, 'postgres-1');
    for (const inner of ['global', 'pg_wal/archive_status', 'pg_replslot/bulwark_postgres_2', 'base/1'])
      mkdirSync(join(folder, inner), { recursive: true });
    write('PG_VERSION', '18\n');
    write('global/pg_control', control(6));
  });
  afterEach(() => rmSync(home.path, { recursive: true }));

  const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content);
  /** What PostgreSQL writes there: 1 is shut down, 6 in production. */
  const control = (state: number): Buffer => {
    const bytes = Buffer.alloc(8_192);
    bytes.writeUInt32LE(state, 16);
    bytes.writeBigUInt64LE(0x1_0000_0028n, 32);
    return bytes;
  };

  it('is a primary until it has the mark of a standby, and is neither when it is gone', () => {
    expect([isPrimaryFolder(folder), isStandbyFolder(folder)]).toEqual([true, false]);
    markStandby(home, folder);
    expect([isPrimaryFolder(folder), isStandbyFolder(folder)]).toEqual([false, true]);
    rmSync(folder, { recursive: true });
    expect([isPrimaryFolder(folder), isStandbyFolder(folder)]).toEqual([false, false]);
    expect(() => markStandby(home, folder)).not.toThrow();
  });

  it('reads its timeline from the promotions that it went through', () => {
    expect(timelineOf(folder)).toBe(1);
    write('pg_wal/00000002.history', '');
    write('pg_wal/0000000B.history', '');
    expect(timelineOf(folder)).toBe(11);
    expect(timelineOf(join(home.path, 'none'))).toBe(0);
  });

  it('reads where its log ends only after an orderly end', () => {
    expect(cleanEndOf(folder)).toBeNull();
    write('global/pg_control', control(1));
    expect(cleanEndOf(folder)).toBe(0x1_0000_0028n);
  });

  it('is copied without what belongs to the running server, its log and its slots', async () => {
    for (const name of [
      'postmaster.pid',
      'base/1/16384',
      'base/1/pg_internal.init',
      'pg_wal/000000010000000000000001',
      'pg_wal/00000002.history',
      'pg_replslot/bulwark_postgres_2/state',
    ])
      write(name, name);
    write('postgresql.auto.conf', "work_mem = '8MB'\nsynchronous_standby_names = 'FIRST 1 (bulwark_postgres_2)'\n");
    const copy = join(home.path, 'copy');
    await copyRunningData(home, folder, copy);
    forgetSynchronousNames(copy);
    expect(readdirSync(copy).toSorted()).toEqual([
      'PG_VERSION',
      'base',
      'global',
      'pg_replslot',
      'pg_wal',
      'postgresql.auto.conf',
    ]);
    expect(readdirSync(join(copy, 'base/1'))).toEqual(['16384']);
    expect(readdirSync(join(copy, 'pg_wal')).toSorted()).toEqual(['00000002.history', 'archive_status']);
    expect(readdirSync(join(copy, 'pg_replslot'))).toEqual([]);
    expect(readFileSync(join(copy, 'global/pg_control'))).toEqual(control(6));
    expect(readFileSync(join(copy, 'postgresql.auto.conf'), 'utf8')).toBe("work_mem = '8MB'\n");
  });

  it('loses its slots before it follows another server', () => {
    emptySlots(home, folder);
    expect(readdirSync(join(folder, 'pg_replslot'))).toEqual([]);
  });
});
