import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceLog } from './service-log.js';

describe('the log of a service', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'bulwark-log-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const names = () => readdirSync(join(dataDir, 'logs')).toSorted();
  const read = (name: string) => readFileSync(join(dataDir, 'logs', name), 'utf8');

  it('keeps those of the last three starts, the latest as number 1', () => {
    for (const start of ['first', 'second', 'third', 'fourth', 'fifth'])
      appendFileSync(new ServiceLog(dataDir, 'app').path, `${start}\n`);
    expect(names()).toEqual(['app.1.log', 'app.2.log', 'app.3.log', 'app.log']);
    expect(names().map(read)).toEqual(['fourth\n', 'third\n', 'second\n', 'fifth\n']);
  });

  it('keeps no empty one, and is for its owner alone', () => {
    void new ServiceLog(dataDir, 'app');
    const { path } = new ServiceLog(dataDir, 'app');
    expect(names()).toEqual(['app.log']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('puts one that has grown too long aside and goes on in the same file', () => {
    const log = new ServiceLog(dataDir, 'app');
    truncateSync(log.path, 16 * 1024 * 1024 + 1);
    log.trim();
    expect(log.bytes).toBe(0);
    expect(statSync(join(dataDir, 'logs', 'app.1.log')).size).toBe(16 * 1024 * 1024 + 1);
    appendFileSync(log.path, 'on\n');
    log.trim();
    expect(log.tail()).toBe('on');
  });
});
