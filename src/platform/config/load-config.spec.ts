import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './environment-reader.js';
import { connectionsOfInstance, demandOfInstance, loadConfig } from './load-config.js';

const COMPLETE: Record<string, string> = {
  BULWARK_DATA_DIR: mkdtempSync(join(tmpdir(), 'bulwark-config-')),
  BULWARK_SECRET: 'x'.repeat(32),
  DATABASE_URL: 'postgres://127.0.0.1:6432/bulwark',
  DATABASE_CATALOG_PASSWORD: 'catalog-password',
  DATABASE_ACCOUNT_PASSWORD: 'account-password',
  DATABASE_PAYMENTS_PASSWORD: 'payments-password',
  DATABASE_PLATFORM_PASSWORD: 'platform-password',
  REDIS_URL: 'redis://127.0.0.1:6379',
  PAYMENT_PROVIDER_URL: 'http://127.0.0.1:4010',
  PAYMENT_PROVIDER_KEY: 'sk_test_123',
  PAYMENT_WEBHOOK_SECRET: 'whsec_123456',
  SMTP_URL: 'smtp://127.0.0.1:2525',
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('returns a complete object that cannot be changed', () => {
    const config = loadConfig(COMPLETE);
    expect(config.http.port).toBe(3000);
    expect(config.redis.cacheUrls).toEqual(config.redis.urls);
    expect(() => {
      (config.http as { port: number }).port = 1;
    }).toThrow(TypeError);
  });

  it.each([
    'DATABASE_URL',
    'REDIS_URL',
    'PAYMENT_PROVIDER_URL',
    'SMTP_URL',
    'BULWARK_SECRET',
    'DATABASE_PAYMENTS_PASSWORD',
  ])('names %s when it is missing', (name) => {
    const { [name]: _left, ...rest } = COMPLETE;
    expect(problemsOf(rest)).toEqual([expect.stringMatching(new RegExp(`^${name} is missing; it wants `))]);
  });

  it.each([
    ['PORT', '70000', 'a whole number from 0 to 65535'],
    ['PORT', '3000.5', 'a whole number from 0 to 65535'],
    ['BULWARK_ROLE', 'king', 'one of all, web, worker'],
    ['DATABASE_URL', 'mysql://127.0.0.1/bulwark', 'a URL that begins with postgres://'],
    ['TRUSTED_PROXIES', 'everyone', 'addresses or CIDR ranges'],
    ['RATE_LIMIT_PER_ADDRESS', '-5', 'a whole number from 1'],
    ...['abc', '999.1.1.1', '10.0.0.0/33', '::1/129', '10.0.0.1,', 'fe80::1%eth0', '10.0.0.0/8/8', '::g'].map(
      (value): [string, string, string] => ['TRUSTED_PROXIES', value, 'addresses or CIDR ranges'],
    ),
    ['PUBLIC_URL', 'http:shop.example', 'a URL that begins with http:// or https://'],
    ['PUBLIC_URL', 'https://', 'a URL that begins with http:// or https://'],
    ['DATABASE_URL', 'postgres://127.0.0.1:70000/bulwark', 'a URL that begins with postgres://'],
    ['DATABASE_REPLICA_URLS', 'postgres://a/b,,postgres://c/d', 'one or more URLs'],
    ['HOST', '10.0.0.256', 'an address or a host name'],
    ['MAIL_FROM', 'Bulwark', 'a mail address'],
  ])('says what %s got (%s) and what it wants', (name, value, wants) => {
    const [problem] = problemsOf({ ...COMPLETE, [name]: value });
    expect(problem).toContain(`${name} got `);
    expect(problem).toContain(wants);
  });

  it('reports every wrong variable of one start at once', () => {
    expect(problemsOf({ ...COMPLETE, PORT: 'x', OPS_PORT: 'y', SMTP_URL: 'z' })).toHaveLength(3);
  });

  it.each([
    ['10.0.0.0/8, 192.168.1.7,fd00::/8,::1', ['10.0.0.0/8', '192.168.1.7', 'fd00::/8', '::1']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
  ])('takes the trusted proxies %s', (value, expected) => {
    expect(loadConfig({ ...COMPLETE, TRUSTED_PROXIES: value }).http.trustedProxies).toEqual(expected);
  });

  it.each([
    ['mysql://bulwark:hunter2@db.example/shop', '"mysql://bulwark:***@db.example/shop"'],
    ['bulwark:hunter2@db.example:5432/shop', '"bulwark:***@db.example:5432/shop"'],
    ['mysql://bulwark:hun/t@er2@db.example/shop', '"mysql://bulwark:***@db.example/shop"'],
    ['mysql://db.example/shop?password=hunter2&sslmode=off', '"mysql://db.example/shop?password=***&sslmode=***"'],
    ['hunter2 with blanks', '"***"'],
    ['localhost:5432', '"localhost:5432"'],
  ])('shows the wrong URL %s without its password', (value, shown) => {
    const [problem] = problemsOf({ ...COMPLETE, DATABASE_URL: value });
    expect(problem).toContain(`DATABASE_URL got ${shown}; it wants`);
  });

  it('says of a list of URLs which one has which host, and no password', () => {
    const [problem] = problemsOf({ ...COMPLETE, REDIS_URL: 'redis://:hunter2@a:1,http://:hunter3@b:2' });
    expect(problem).toContain('"redis://:***@a:1,http://:***@b:2"');
  });

  it('reads a secret from the file that NAME_FILE names', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'bulwark-config-')), 'secret');
    writeFileSync(file, `${'s'.repeat(32)}\n`);
    const { BULWARK_SECRET: _secret, ...rest } = COMPLETE;
    expect(loadConfig({ ...rest, BULWARK_SECRET_FILE: file }).secret).toBe('s'.repeat(32));
    expect(problemsOf({ ...COMPLETE, BULWARK_SECRET_FILE: file })).toEqual([
      'BULWARK_SECRET and BULWARK_SECRET_FILE are both set; one of them has to be unset.',
    ]);
    expect(problemsOf({ ...rest, BULWARK_SECRET_FILE: `${file}-gone` })).toEqual([
      expect.stringMatching(
        /^BULWARK_SECRET_FILE got ".*-gone"; it wants a file with the secret: it does not exist\.$/,
      ),
      expect.stringContaining('BULWARK_SECRET is missing'),
    ]);
  });

  it('never shows a secret that is wrong, only how long it is', () => {
    expect(problemsOf({ ...COMPLETE, BULWARK_SECRET: 'too-short-secret' })).toEqual([
      'BULWARK_SECRET got 16 characters, which are not shown; it wants a secret of at least 32 characters.',
    ]);
  });

  it('takes the credentials of an embedded start, which a variable overrules', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'bulwark-config-'));
    writeFileSync(
      join(dataDir, 'credentials.json'),
      JSON.stringify({ BULWARK_SECRET: 'y'.repeat(40), DATABASE_CATALOG_PASSWORD: 'from-the-file' }),
    );
    const { BULWARK_SECRET: _secret, ...rest } = COMPLETE;
    const config = loadConfig({ ...rest, BULWARK_DATA_DIR: dataDir });
    expect(config.secret).toBe('y'.repeat(40));
    expect(config.database.signIn.catalog.password).toBe('catalog-password');
  });

  it('refuses failpoints in production, where they would hurt customers', () => {
    const failpoints = { ...COMPLETE, FAILPOINTS_DIR: '/tmp' };
    expect(problemsOf(failpoints)).toEqual([expect.stringContaining('FAILPOINTS_DIR')]);
    expect(problemsOf({ ...failpoints, BULWARK_ENV: 'development' })).toEqual([]);
  });

  it.each([
    ['CACHE_DEFENCE', 'off', 'production'],
    ['CACHE_DEFENCE', 'on', 'development'],
    ['IDEMPOTENCY_DEFENCE', 'off', 'development'],
  ])('refuses %s=%s in %s: a switch that is gone must not be believed in', (name, value, environment) => {
    expect(problemsOf({ ...COMPLETE, [name]: value, BULWARK_ENV: environment })).toEqual([
      expect.stringMatching(new RegExp(`${name} got "${value}"; it wants to be unset`)),
    ]);
  });

  it('counts every pool of every process, each replica with its check, and the cluster primary itself', () => {
    const pools = {
      DATABASE_CATALOG_POOL_SIZE: '5',
      DATABASE_ACCOUNT_POOL_SIZE: '3',
      DATABASE_PAYMENTS_POOL_SIZE: '2',
      DATABASE_PLATFORM_POOL_SIZE: '1',
    };
    const replicas = { DATABASE_REPLICA_URLS: 'postgres://127.0.0.1:1/a,postgres://127.0.0.1:2/b' };
    const demandOf = (role: string) =>
      demandOfInstance(loadConfig({ ...COMPLETE, ...pools, ...replicas, WEB_WORKERS: '2', BULWARK_ROLE: role }));
    expect(demandOf('all')).toEqual({
      processes: 3,
      primaryConnections: 3 * 11 + 1,
      replicaConnections: 3 * 2 * (10 + 1),
    });
    expect(demandOf('web').processes).toBe(2);
    expect(demandOf('worker').processes).toBe(1);
  });

  it('refuses processes x pool sizes over the connection budget', () => {
    const wanted = connectionsOfInstance(loadConfig({ ...COMPLETE, WEB_WORKERS: '4' }));
    expect(problemsOf({ ...COMPLETE, WEB_WORKERS: '4', DATABASE_CONNECTION_BUDGET: String(wanted) })).toEqual([]);
    expect(problemsOf({ ...COMPLETE, WEB_WORKERS: '4', DATABASE_CONNECTION_BUDGET: String(wanted - 1) })).toEqual([
      expect.stringContaining('DATABASE_CONNECTION_BUDGET'),
    ]);
  });
});
