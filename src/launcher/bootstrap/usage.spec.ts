import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { callBootstrap } from '../../../test/support/bootstrap.js';

describe('the arguments of a command', () => {
  const exitCodeOf = (...args: string[]) => {
    const script = join(__dirname, '..', 'bootstrap.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      env: { ...process.env, PORT: '', OPS_PORT: '' },
    });
    return { status, said: `${stdout}${stderr}` };
  };

  it.each(['up', 'dev', 'start', 'test'])('%s shows its help, and neither installs nor builds', (command) => {
    expect(exitCodeOf(command, '--help')).toEqual({ status: 0, said: expect.stringMatching(/^Usage: npm/) });
  });

  it.each([
    ['up', '--egde'],
    ['dev', 'now'],
    ['start', '--port'],
    ['test', '--testNamePatern=x'],
  ])('%s refuses %s with exit code 2', (command, argument) => {
    expect(exitCodeOf(command, argument)).toEqual({ status: 2, said: expect.stringContaining('--help') });
  });

  it.each([[['catalog']], [['-t', 'name', '--runInBand']], [['--no-cache', '--selectProjects', 'unit']]])(
    'jest gets %j',
    (args) => {
      expect(callBootstrap('jest-options.mjs', 'unknownJestOption', args)).toBeNull();
    },
  );

  it('all wrong variables are named at once with exit code 78, before anything is installed or built', () => {
    const script = join(__dirname, '..', 'bootstrap.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, 'up'], {
      encoding: 'utf8',
      env: { ...process.env, TRUSTED_PROXIES: 'abc', OPS_PORT: 'x', DATABASE_URL: 'mysql://a:hunter2@b/c' },
    });
    expect(status).toBe(78);
    for (const name of ['TRUSTED_PROXIES got "abc"', 'OPS_PORT got "x"', 'DATABASE_URL got "mysql://a:***@b/c"'])
      expect(stderr).toContain(name);
  });
});
