import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identifyProcess, isStillRunning, parentOf, parseStat } from './process-identity.js';

describe('the identity of a process', () => {
  it('holds while the process lives and not after', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const identity = identifyProcess(child.pid ?? 0);
    expect(identity && isStillRunning(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(identity && isStillRunning(identity)).toBe(false);
  });

  it('is not that of a later process with the same number', () => {
    expect(isStillRunning({ pid: process.pid, startedAt: 'another time' })).toBe(false);
  });

  it('reads the parent', () => expect(parentOf(process.pid)?.parent).toBe(process.ppid));

  it('reads a program name with blanks and brackets', () => {
    const stat = `7 (a) b (c) S 3 6 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1`;
    expect(parseStat(stat)).toEqual({ state: 'S', parent: 3, group: 6, program: 'a) b (c', startedAt: '4711' });
  });
});
