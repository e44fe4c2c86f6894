import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endGroup, endLeftoverGroup, membersOf, parseGroups } from './process-group.js';

/** A leader that has one more process in its group, and says so. */
async function startGroup(): Promise<ChildProcess> {
  const leader = spawn('/bin/sh', ['-c', 'sleep 60 & echo started; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (leader.stdout === null) throw new Error('The group has no output.');
  await once(createInterface({ input: leader.stdout }), 'line');
  return leader;
}

describe('a group of processes', () => {
  it('ends whole after its leader was killed', async () => {
    const leader = await startGroup();
    const pid = leader.pid ?? 0;
    expect(membersOf(pid).length).toBe(2);
    // The output closes when no process of the group holds it any more.
    const closed = once(leader, 'close');
    leader.kill('SIGKILL');
    await once(leader, 'exit');
    endGroup(pid);
    await closed;
  });

  it('is no error when no process is left', async () => {
    const leader = spawn('/bin/sh', ['-c', ':'], { detached: true, stdio: 'ignore' });
    await once(leader, 'exit');
    expect(() => endGroup(leader.pid ?? 0)).not.toThrow();
  });

  it("is left alone where the command line is another program's", async () => {
    const leader = await startGroup();
    const pid = leader.pid ?? 0;
    endLeftoverGroup(pid, /^nginx: /);
    expect(membersOf(pid).length).toBe(2);
    endLeftoverGroup(pid, /sleep/);
    await once(leader, 'exit');
  });

  it('is read from the list of a system without /proc', () => {
    expect(parseGroups('   12    7 S\n 13 12 R+\n 14 12 Z\n')).toEqual([
      { pid: 12, group: 7 },
      { pid: 13, group: 12 },
    ]);
  });
});
