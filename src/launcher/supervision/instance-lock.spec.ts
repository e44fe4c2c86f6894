import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstanceLock } from './instance-lock.js';

describe('the lock of a data folder', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'bulwark-lock-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('refuses a second supervisor and names the first', async () => {
    await InstanceLock.take(dataDir);
    await expect(InstanceLock.take(dataDir)).rejects.toThrow(new RegExp(`already runs.*process ${process.pid}`));
  });

  it('can be taken again after its release', async () => {
    (await InstanceLock.take(dataDir)).release();
    (await InstanceLock.take(dataDir)).release();
    expect(existsSync(join(dataDir, 'up.lock'))).toBe(false);
  });

  it.each([
    ['a supervisor that is gone', JSON.stringify({ supervisor: { pid: 2 ** 22 + 1, startedAt: '1' }, guard: null })],
    [
      'a number that belongs to another process by now',
      JSON.stringify({ supervisor: { pid: process.pid, startedAt: 'long ago' }, guard: null }),
    ],
    ['half a file', '{"superv'],
  ])('ignores %s', async (_case, content) => {
    writeFileSync(join(dataDir, 'up.lock'), content);
    await expect(InstanceLock.take(dataDir)).resolves.toBeInstanceOf(InstanceLock);
  });
});
