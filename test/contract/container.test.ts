import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { loadConfig, ConfigurationError, type Config } from '../../src/platform/config/index.js';
import { readTopology, requiredVariables, type ComposeService } from '../support/compose-topology.js';
import { readDockerfile, type Instruction } from '../support/dockerfile.js';
import { ROOT } from '../support/source-files.js';

const secrets = Object.fromEntries(
  Object.keys(requiredVariables()).map((name) => [name, `${name.toLowerCase()}-0123456789abcdef0123456789abcdef`]),
);
const { services, networks } = readTopology(secrets);
const DOCKERFILES = ['docker/Dockerfile', 'docker/pgbouncer/Dockerfile', 'docker/edge/Dockerfile'];
const CONFIGURED = ['web', 'worker', 'migrate'];
const stages = readDockerfile('docker/Dockerfile');
const runtime = stages.last ?? [];
const only = (instructions: readonly Instruction[], name: string): string | undefined =>
  instructions.filter((one) => one.name === name).at(-1)?.text;

function service(name: string): ComposeService {
  const found = services[name];
  if (!found) throw new Error(`compose.yaml has no service "${name}".`);
  return found;
}

function networksOf(name: string): string[] {
  const { networks: own = [] } = service(name);
  return Array.isArray(own) ? own : Object.keys(own);
}

/**
 * What a process in the container finds in its environment; a folder that is not there holds no credentials of a start
 * on this machine.
 */
function environmentOf(name: string): Record<string, string> {
  const own = Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, String(value)]);
  return { ...imageEnvironment(), ...Object.fromEntries(own), BULWARK_DATA_DIR: '/nonexistent' } as Record<
    string,
    string
  >;
}

function imageEnvironment(): Record<string, string> {
  const lines = runtime.filter(({ name }) => name === 'ENV').map(({ text }) => text);
  return Object.fromEntries(
    lines.flatMap((line) => [...line.matchAll(/(\w+)=(\S+)/g)].map((match) => [match[1], match[2]])),
  );
}

describe('the image', () => {
  it.each(DOCKERFILES)('%s ends as a numbered user that is not root', (path) => {
    const user = only(readDockerfile(path).last ?? [], 'USER');
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it.each(DOCKERFILES)(
    '%s starts its program itself, so that signals reach it, and checks its health without a shell',
    (path) => {
      const last = readDockerfile(path).last ?? [];
      expect(JSON.parse(only(last, 'CMD') ?? '')).toEqual(expect.arrayContaining([expect.any(String)]));
      expect(JSON.parse(only(last, 'ENTRYPOINT') ?? '[]')).toEqual(path === 'docker/Dockerfile' ? ['tini', '--'] : []);
      expect(JSON.parse(/CMD (\[.*\])$/.exec(only(last, 'HEALTHCHECK') ?? '')?.[1] ?? '')).toEqual(
        expect.arrayContaining([expect.any(String)]),
      );
    },
  );

  it('runs every role on every address of the container, in production', () => {
    expect(imageEnvironment()).toMatchObject({
      NODE_ENV: 'production',
      BULWARK_ROLE: 'all',
      HOST: '0.0.0.0',
      OPS_HOST: '0.0.0.0',
    });
  });

  it('ships built code and production dependencies, nothing else', () => {
    const copies = runtime.filter(({ name }) => name === 'COPY').map(({ text }) => text);
    expect(copies).toEqual([
      '--from=dependencies /build/node_modules ./node_modules',
      '--from=build /build/dist ./dist',
      'package.json docker/healthcheck.mjs ./',
    ]);
    expect(stages.dependencies?.some(({ text }) => text.startsWith('npm ci --omit=dev'))).toBe(true);
    expect(stages.dependencies?.some(({ text }) => text.includes('devDependencies') && text.includes('rmSync'))).toBe(
      true,
    );
    expect(runtime.filter(({ name, text }) => name === 'RUN' && /\bnpm (ci|install|i)\b/.test(text))).toEqual([]);
  });

  it('ships the functions of the database beside the built migrations', () => {
    const build = stages.build?.map(({ text }) => text) ?? [];
    expect(build).toEqual(expect.arrayContaining(['nest-cli.json tsconfig.json ./', 'migrations ./migrations']));
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'nest-cli.json'), 'utf8')) as {
      compilerOptions: { assets: unknown[] };
    };
    expect(compilerOptions.assets).toContainEqual({ include: '../migrations/functions/*.sql', outDir: 'dist' });
  });

  it('is built from an allowlist that leaves out tests, data and secrets', () => {
    const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(allowed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(allowed.filter((path) => /^(test|node_modules|dist|\.bulwark|\.git|docker)$|\.env/.test(path))).toEqual([]);
    expect(lines).toContain('**/*.spec.ts');
  });
});

describe('the topology', () => {
  it('has every part of the platform', () => {
    expect(Object.keys(services).toSorted()).toEqual([
      'edge',
      'mail',
      'migrate',
      'pooler',
      'postgres-primary',
      'postgres-replica',
      'sandbox',
      'valkey-cache',
      'valkey-queue',
      'web',
      'worker',
    ]);
  });

  it.each([
    ['web', 'web'],
    ['worker', 'worker'],
    ['migrate', 'all'],
  ])('gives %s every variable that the configuration requires', (name, role) => {
    const config = loadConfig(environmentOf(name));
    expect(config.role).toBe(role);
    expect(config.database.replicaUrls).toEqual(['postgres://pooler:6432/bulwark_replica']);
    expect(config.redis.cacheUrls).not.toEqual(config.redis.urls);
  });

  it.each(CONFIGURED)('gives %s no variable that the configuration does not read', (name) => {
    const unread = Object.keys(service(name).environment ?? {}).filter((variable) => !refusedWhenWrong(name, variable));
    expect(unread).toEqual([]);
  });

  it('leads every address to a service that listens there', () => {
    const { database, redis, payments, mail } = loadConfig(environmentOf('web'));
    const urls = [
      database.url,
      ...database.replicaUrls,
      ...redis.urls,
      ...redis.cacheUrls,
      payments.providerUrl,
      mail.smtpUrl,
    ].map((text) => new URL(text));
    const ports: Record<string, string> = {
      pooler: '6432',
      'valkey-queue': '6379',
      'valkey-cache': '6379',
      sandbox: String(service('sandbox').environment?.SANDBOX_PORT),
      mail: String(service('mail').environment?.MAIL_SINK_PORT),
    };
    for (const { hostname, port } of urls) expect({ hostname, port }).toEqual({ hostname, port: ports[hostname] });
  });

  it('leaves the superuser to the migrations', () => {
    const knowing = Object.keys(services).filter((name) =>
      JSON.stringify(service(name).environment ?? {}).includes(secrets.POSTGRES_PASSWORD ?? '-'),
    );
    expect(knowing.toSorted()).toEqual(['migrate', 'postgres-primary']);
  });

  it('publishes the ports of customers on loopback and nothing else', () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published).toEqual(['web 127.0.0.1:3000:3000', 'edge 127.0.0.1:8080:8080']);
    expect(networks.inside?.internal).toBe(true);
    const reachable = Object.keys(services).filter((name) => networksOf(name).join() !== 'inside');
    expect(reachable.toSorted()).toEqual(['edge', 'web', 'worker']);
  });

  it('has web trust the edge, at an address that no other container can have', () => {
    const { front } = service('edge').networks as Record<string, { ipv4_address?: string }>;
    expect(loadConfig(environmentOf('web')).http.trustedProxies).toEqual([front?.ipv4_address]);
    expect(
      Object.keys(services)
        .filter((name) => networksOf(name).includes('front'))
        .toSorted(),
    ).toEqual(['edge', 'web']);
    expect(networks.front?.internal).toBe(true);
    const [range] = networks.front?.ipam?.config ?? [];
    const given = addressesOf(range?.ip_range ?? range?.subnet ?? '');
    expect([front?.ipv4_address, range?.gateway].map((address) => given.check(address ?? ''))).toEqual([false, false]);
    expect(addressesOf(range?.subnet ?? '').check(front?.ipv4_address ?? '')).toBe(true);
    // By name the edge must find web on that network alone, or it would come from another address.
    expect(networksOf('edge').filter((name) => networksOf('web').includes(name))).toEqual(['front']);
  });

  it('starts the application after the schema and what it needs', () => {
    for (const name of ['web', 'worker'])
      expect(service(name).depends_on).toMatchObject({
        migrate: { condition: 'service_completed_successfully' },
        pooler: { condition: 'service_healthy' },
        'valkey-queue': { condition: 'service_healthy' },
      });
    for (const [name, { depends_on = {} }] of Object.entries(services)) {
      const lost = Object.keys(depends_on).filter((other) => !(other in services));
      expect({ name, lost }).toEqual({ name, lost: [] });
    }
  });

  it('never evicts a queue and always bounds the cache', () => {
    const setting = (name: string, option: string): string | undefined =>
      service(name).command?.[(service(name).command ?? []).indexOf(option) + 1];
    expect([setting('valkey-queue', '--maxmemory-policy'), setting('valkey-queue', '--appendonly')]).toEqual([
      'noeviction',
      'yes',
    ]);
    expect(setting('valkey-cache', '--maxmemory-policy')).toBe('allkeys-lru');
    expect(setting('valkey-cache', '--maxmemory')).toMatch(/^\d+mb$/);
  });

  it('mounts files that are there, scripts among them executable', () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0] ?? '').filter((path) => path.startsWith('./')),
    );
    expect(new Set(mounted).size).toBe(4);
    for (const path of mounted)
      accessSync(join(ROOT, 'docker', path), path.endsWith('.sh') ? constants.R_OK | constants.X_OK : constants.R_OK);
  });

  it('keeps the pools of all roles under the connections of the database', () => {
    const connectionsMax = Number(
      /^max_connections = (\d+)$/m.exec(readFileSync(join(ROOT, 'docker/postgres/postgresql.conf'), 'utf8'))?.[1],
    );
    const pooled = 5 * Number(service('pooler').environment?.POOL_SIZE);
    // Migrations, the replica and an operator come beside the pooler.
    expect(pooled + 30).toBeLessThanOrEqual(connectionsMax);
  });
});

describe('the secrets of the topology', () => {
  it.each(Object.keys(secrets))('%s must be given: nothing starts without it', (name) => {
    expect(() => readTopology({ ...secrets, [name]: '' })).toThrow(name);
  });

  it('are not in the repository', () => {
    expect(Object.values(requiredVariables()).filter((value) => value !== '')).toEqual([]);
    expect(readFileSync(join(ROOT, 'docker/.gitignore'), 'utf8')).toMatch(/^\.env$/m);
  });
});

function addressesOf(range: string): BlockList {
  const [address = '', bits] = range.split('/');
  const list = new BlockList();
  list.addSubnet(address, Number(bits));
  return list;
}

/** A line break is no value that any variable takes: where it is not refused, no code reads the variable. */
function refusedWhenWrong(name: string, variable: string): boolean {
  try {
    const config: Config = loadConfig({ ...environmentOf(name), [variable]: '\n' });
    return config === undefined;
  } catch (error) {
    return error instanceof ConfigurationError && error.message.includes(`- ${variable} `);
  }
}
