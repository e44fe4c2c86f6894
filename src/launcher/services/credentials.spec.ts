import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCredentials } from './credentials.js';

describe('the credentials', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'bulwark-credentials-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('are made once, each different, for their owner alone', () => {
    const first = ensureCredentials(dataDir);
    expect(ensureCredentials(dataDir)).toEqual(first);
    expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
    expect(statSync(join(dataDir, 'credentials.json')).mode & 0o777).toBe(0o600);
  });

  it('are completed without a change to those that exist', () => {
    const path = join(dataDir, 'credentials.json');
    writeFileSync(path, JSON.stringify({ BULWARK_SECRET: 'kept' }));
    const completed = ensureCredentials(dataDir);
    expect(completed.BULWARK_SECRET).toBe('kept');
    expect(completed.STAFF_PASSWORD.length).toBeGreaterThanOrEqual(12);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(completed);
  });

  it('are never replaced when their file is broken', () => {
    writeFileSync(join(dataDir, 'credentials.json'), '{');
    expect(() => ensureCredentials(dataDir)).toThrow(/cannot be read/);
  });
});
