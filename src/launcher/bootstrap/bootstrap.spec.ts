import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * The bootstrap is plain JavaScript outside the compiler's reach: its functions are called in a process of their own.
 */
function call(file: string, name: string, ...args: unknown[]): unknown {
  const script = `import { ${name} } from ${JSON.stringify(join(__dirname, file))};
    try { console.log(JSON.stringify(${name}(...${JSON.stringify(args)})) ?? 'null'); }
    catch (error) { console.log(JSON.stringify({ error: error.message })); }`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}

const foreign = { version: '1.0.0', optional: true, os: ['no-such-system'], cpu: [process.arch] };
const own = { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] };

describe('the bootstrap', () => {
  it.each([
    ['the same packages', { '': {}, a: { version: '1.0.0' } }, { a: { version: '1.0.0' } }, true],
    ['another version', { a: { version: '1.0.1' } }, { a: { version: '1.0.0' } }, false],
    ['a missing package', { a: { version: '1.0.0' }, b: { version: '1.0.0' } }, { a: { version: '1.0.0' } }, false],
    ['a package too many', {}, { a: { version: '1.0.0' } }, false],
    ['a missing binary of another platform', { a: foreign }, {}, true],
    ['a missing binary of this platform', { a: own }, {}, false],
  ])('compares the lock file with what is installed: %s', (_case, wanted, installed, same) => {
    expect(call('install.mjs', 'isSameTree', wanted, installed)).toBe(same);
  });

  it.each([
    ['20.19.0', true],
    ['20.18.3', false],
    ['18.20.0', false],
    ['24.1.0', true],
  ])('takes Node %s: %s', (version, taken) => {
    expect(call('machine.mjs', 'requireNode', version)).toEqual(
      taken ? null : { error: expect.stringContaining(`this is ${version}`) },
    );
  });

  it('reads the replica through the embedded pooler', () => {
    const running = {
      pooler: 'postgres://a:b@127.0.0.1:1/bulwark',
      postgresReplica: 'postgres://direct',
      pids: { pooler: 7 },
    };
    expect(call('run-target.mjs', 'environmentOf', running)).toMatchObject({
      DATABASE_REPLICA_URLS: 'postgres://a:b@127.0.0.1:1/bulwark_replica',
    });
    expect(call('run-target.mjs', 'environmentOf', { ...running, pids: { pooler: null } })).toMatchObject({
      DATABASE_REPLICA_URLS: 'postgres://direct',
    });
  });

  it('never overrides a variable, and mixes no foreign database with the one that runs', () => {
    const offered = { DATABASE_URL: 'x', DATABASE_DIRECT_URL: 'x', REDIS_URL: 'x' };
    expect(call('run-target.mjs', 'missingVariables', offered, { REDIS_URL: 'mine' })).toEqual({
      DATABASE_URL: 'x',
      DATABASE_DIRECT_URL: 'x',
    });
    expect(call('run-target.mjs', 'missingVariables', offered, { DATABASE_URL: 'mine' })).toEqual({ REDIS_URL: 'x' });
  });
});
