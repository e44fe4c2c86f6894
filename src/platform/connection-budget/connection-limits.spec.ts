import { limitsOf, poolerOverDatabase, explainRefusal, type LimitFacts } from './connection-limits.js';

const facts = (parts: Partial<LimitFacts> = {}): LimitFacts => ({
  budget: 2_000,
  pooler: { clientsMax: 1_000, entries: [{ name: 'bulwark', poolSize: 10, serversMax: Infinity }] },
  primaryEntry: 'bulwark',
  roles: 4,
  isPoolerShared: true,
  databaseConnectionsMax: 97,
  ...parts,
});
const demand = { processes: 3, primaryConnections: 61, replicaConnections: 48 };
const alone = { instances: 0, primaryConnections: 0, replicaConnections: 0 };

describe('limitsOf', () => {
  it('cuts the budget down to what the pooler takes, less what operators need', () => {
    expect(limitsOf(facts())).toEqual({ primaryMax: 950, allMax: 950 });
    expect(limitsOf(facts({ budget: 500 }))).toEqual({ primaryMax: 500, allMax: 500 });
  });

  it('leaves the budget alone where no console can be read', () => {
    expect(limitsOf(facts({ pooler: undefined }))).toEqual({ primaryMax: 2_000, allMax: 2_000 });
  });

  it('counts only the primary against its pooler when replicas are reached another way', () => {
    expect(limitsOf(facts({ isPoolerShared: false }))).toEqual({ primaryMax: 950, allMax: 2_000 });
  });
});

describe('poolerOverDatabase', () => {
  const pooler = (poolSize: number, serversMax = Infinity) => ({
    clientsMax: 1_000,
    entries: [{ name: 'bulwark', poolSize, serversMax }],
  });

  it('finds none while the pools of all roles fit under max_connections', () => {
    expect(poolerOverDatabase(facts({ pooler: pooler(23) }))).toBeUndefined();
  });

  it('refuses pools that do not, with figures and repair', () => {
    expect(poolerOverDatabase(facts({ pooler: pooler(24) }))).toMatch(
      /96 connections to the primary \(4 roles x a pool of 24\), which has 92 for it.*Lower default_pool_size/,
    );
  });

  it('takes the bound of the database entry into account', () => {
    expect(poolerOverDatabase(facts({ pooler: pooler(50, 92) }))).toBeUndefined();
  });

  it.each([
    ['no console', { pooler: undefined }],
    ['a database whose limit is unknown', { databaseConnectionsMax: undefined }],
    ['an entry of another name', { primaryEntry: 'other' }],
  ])('finds no overload with %s', (_why, parts) => {
    expect(poolerOverDatabase(facts(parts))).toBeUndefined();
  });
});

describe('explainRefusal', () => {
  it('names the figures, the variable and the repair', () => {
    const live = { instances: 2, primaryConnections: 122, replicaConnections: 96 };
    expect(explainRefusal(facts({ budget: 300 }), demand, live)).toBe(
      'This instance may open 109 database connections (3 processes x their pools), ' +
        'and 2 other instances hold 218 of the 300 that DATABASE_CONNECTION_BUDGET allows. ' +
        'Run fewer instances, lower WEB_WORKERS or DATABASE_*_POOL_SIZE, or raise the budget, ' +
        'up to what the pooler takes.',
    );
  });

  it('names the pooler where that is what is short', () => {
    const pooler = { clientsMax: 100, entries: [] };
    const explained = explainRefusal(facts({ pooler }), demand, alone);
    expect(explained).toMatch(/no other instance holds any of the 95 that the pooler takes/);
    expect(explained).toMatch(/\(max_client_conn 100, less a twentieth for operators\).*raise max_client_conn/);
  });

  it('names the figures of the primary alone where its own pooler is short', () => {
    const live = { instances: 1, primaryConnections: 900, replicaConnections: 400 };
    expect(explainRefusal(facts({ isPoolerShared: false }), demand, live)).toMatch(
      /may open 61 .* 1 other instance holds 900 of the 950/,
    );
  });
});
