import { callBootstrap } from '../../../test/support/bootstrap.js';

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
    expect(callBootstrap('install.mjs', 'isSameTree', wanted, installed)).toBe(same);
  });

  it('reads the replica through the embedded pooler', () => {
    const running = {
      pooler: 'postgres://a:b@127.0.0.1:1/bulwark',
      postgresReplica: 'postgres://direct',
      pids: { pooler: 7 },
    };
    expect(callBootstrap('run-target.mjs', 'environmentOf', running)).toMatchObject({
      DATABASE_REPLICA_URLS: 'postgres://a:b@127.0.0.1:1/bulwark_replica',
    });
    expect(callBootstrap('run-target.mjs', 'environmentOf', { ...running, pids: { pooler: null } })).toMatchObject({
      DATABASE_REPLICA_URLS: 'postgres://direct',
    });
  });

  it('never overrides a variable, and mixes no foreign database with the one that runs', () => {
    const offered = { DATABASE_URL: 'x', DATABASE_DIRECT_URL: 'x', REDIS_URL: 'x' };
    expect(callBootstrap('run-target.mjs', 'missingVariables', offered, { REDIS_URL: 'mine' })).toEqual({
      DATABASE_URL: 'x',
      DATABASE_DIRECT_URL: 'x',
    });
    expect(callBootstrap('run-target.mjs', 'missingVariables', offered, { DATABASE_URL: 'mine' })).toEqual({
      REDIS_URL: 'x',
    });
  });
});
