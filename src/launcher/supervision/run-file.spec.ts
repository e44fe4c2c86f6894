import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeRunFile, writeRunFile, type RunFacts } from './run-file.js';

const facts: RunFacts = {
  app: 'http://127.0.0.1:3000',
  ops: 'http://127.0.0.1:9464',
  control: 'http://supervisor:token@127.0.0.1:1',
  addresses: {
    postgresPrimary: 'postgres://primary',
    postgresReplica: 'postgres://replica',
    pooler: 'postgres://pooler',
    poolerReplica: 'postgres://pooler/replica',
    poolerAdmin: null,
    redis: 'redis://queue',
    redisCache: 'redis://cache',
    paymentProvider: 'http://sandbox',
    smtp: 'smtp://sink',
    mailDir: '/mail',
  },
  staff: { email: 'staff@bulwark.example', password: 'secret' },
  supervisor: 1,
  fleet: { ready: true, web: [2, 3], worker: 4 },
  services: {
    postgresPrimary: 5,
    postgresReplica: 6,
    pooler: 7,
    redis: 8,
    redisCache: 9,
    paymentProvider: 10,
    mailSink: 11,
  },
};

describe('run.json', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'bulwark-run-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const read = () => JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as Record<string, unknown>;

  it('has the keys of the contract', () => {
    writeRunFile(dataDir, facts);
    expect(Object.keys(read())).toEqual(
      expect.arrayContaining([
        'app',
        'ops',
        'postgresPrimary',
        'postgresReplica',
        'pooler',
        'redis',
        'redisCache',
        'paymentProvider',
        'mailDir',
        'staff',
        'pids',
      ]),
    );
    expect(read().pids).toEqual({
      supervisor: 1,
      web: [2, 3],
      worker: 4,
      postgresPrimary: 5,
      postgresReplica: 6,
      pooler: 7,
      redis: 8,
      redisCache: 9,
      paymentProvider: 10,
    });
  });

  it('names the edge where there is one, and only there', () => {
    writeRunFile(dataDir, { ...facts, edge: 'http://127.0.0.1:8080', services: { ...facts.services, edge: 12 } });
    expect(read()).toMatchObject({ edge: 'http://127.0.0.1:8080', pids: { edge: 12 } });
    writeRunFile(dataDir, facts);
    expect('edge' in read()).toBe(false);
  });

  it('is for its owner alone', () => {
    writeRunFile(dataDir, facts);
    expect(statSync(join(dataDir, 'run.json')).mode & 0o777).toBe(0o600);
  });

  it('says null for the process of an external service', () => {
    writeRunFile(dataDir, { ...facts, services: {} });
    expect(read().pids).toMatchObject({ postgresPrimary: null, redis: null });
  });

  it('can be removed when it is not there', () => expect(() => removeRunFile(dataDir)).not.toThrow());
});
