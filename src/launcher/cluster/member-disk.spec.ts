import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEndOf, emptySlots, isPrimaryFolder, isStandbyFolder, markStandby, timelineOf } from './member-disk.js';

describe('the data folder of a server', () => {
  let home: { path: string; user: null };
  let folder: string;
  beforeEach(() => {
    home = { path: mkdtempSync(join(tmpdir(), 'bulwark-member-')), user: null };
    folder = join(home.path, 'postgres-1');
    for (const inner of ['global', 'pg_wal', 'pg_replslot/bulwark_postgres_2'])
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

  it('loses its slots before it follows another server', () => {
    emptySlots(home, folder);
    expect(readdirSync(join(folder, 'pg_replslot'))).toEqual([]);
  });
});
