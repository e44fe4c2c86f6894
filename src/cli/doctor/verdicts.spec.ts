import { isHealthy, type Finding } from './finding.js';
import { judgeConnections, type ConnectionFacts } from './judge-connections.js';
import { judgeHottestKey } from './judge-hottest-key.js';
import { judgeLoginLimit, type LoginTry } from './judge-login-limit.js';
import { judgeReadWriteRatio } from './judge-read-write-ratio.js';
import { judgeRoutes, type ApiDocument } from './judge-routes.js';

const finding = (verdict: Finding['verdict']): Finding => ({
  question: '',
  figure: '',
  verdict,
  evidence: [],
  repair: '',
});

describe('isHealthy', () => {
  it('is true only without a loaded gun, and when everything could be looked at', () => {
    expect(
      [[finding('good'), finding('watch')], [finding('good'), finding('gun')], [finding('unknown')]].map(isHealthy),
    ).toEqual([true, false, false]);
  });
});

describe('judgeReadWriteRatio', () => {
  it('tells the ratio and where reads were answered', () => {
    const told = judgeReadWriteRatio({ reads: 19_040, writes: 200, onReplica: 900, onPrimary: 100 });
    expect(told).toMatchObject({ verdict: 'good', figure: '95.2 : 1 (19,040 reads, 200 writes)' });
    expect(told.evidence).toContain('90 % of 1,000 statements were answered by a replica');
  });

  it.each([
    ['too little traffic', 90, 5, '18.0 : 1 (90 reads, 5 writes)'],
    ['mostly writes', 100, 250, '1 : 2.5 (100 reads, 250 writes)'],
    ['no traffic at all', 0, 0, 'no traffic yet (0 reads, 0 writes)'],
  ])('watches %s', (_what, reads, writes, figure) => {
    expect(judgeReadWriteRatio({ reads, writes, onReplica: 0, onPrimary: 0 })).toMatchObject({
      verdict: 'watch',
      figure,
    });
  });
});

describe('judgeHottestKey', () => {
  const keys = [
    { cache: 'item', key: 'a', protection: 'single-flight', hits: 5 },
    { cache: 'home', key: '', protection: 'single-flight', hits: 900 },
  ];

  it('names the hottest and what protects it', () => {
    expect(judgeHottestKey(keys, true)).toMatchObject({ verdict: 'good', figure: 'home, 900 hits, protected' });
  });

  it('is a loaded gun when any hot key is unprotected, or the defence is off', () => {
    expect(
      judgeHottestKey([...keys, { cache: 'items', key: 'q', protection: 'none', hits: 1_000 }], true),
    ).toMatchObject({ verdict: 'gun', figure: 'items q, 1,000 hits, unprotected' });
    expect(judgeHottestKey([], false)).toMatchObject({ verdict: 'gun' });
  });

  it('has nothing to say before anything was read', () => {
    expect(judgeHottestKey([], true).verdict).toBe('watch');
  });
});

describe('judgeRoutes', () => {
  const key = { name: 'Idempotency-Key', in: 'header', required: true };
  const document: ApiDocument = {
    paths: {
      '/v1/payments': { get: {}, post: { parameters: [key] } },
      '/v1/sessions': { post: { 'x-idempotency-exempt': 'holds secrets' } },
    },
  };

  it('lists every route that changes state with how it stands', () => {
    const told = judgeRoutes(document, true);
    expect(told).toMatchObject({ verdict: 'good', figure: '1 idempotent, 1 exempt in writing, 0 neither' });
    expect(told.evidence).toEqual([
      expect.any(String),
      'POST /v1/payments: idempotent',
      'POST /v1/sessions: exempt: holds secrets',
    ]);
  });

  it('is a loaded gun with one route that nobody thought about, or whose key is optional', () => {
    const open = judgeRoutes(
      {
        paths: { ...document.paths, '/v1/items': { patch: { parameters: [{ ...key, required: false }] }, delete: {} } },
      },
      true,
    );
    expect(open).toMatchObject({ verdict: 'gun', figure: '1 idempotent, 1 exempt in writing, 2 neither' });
    expect(open.repair).toContain('PATCH /v1/items, DELETE /v1/items');
  });

  it('is a loaded gun while the law is switched off, and unknown without a route', () => {
    expect(judgeRoutes(document, false).verdict).toBe('gun');
    expect(judgeRoutes({ paths: {} }, true).verdict).toBe('unknown');
  });
});

describe('judgeConnections', () => {
  const instance = { role: 'web', processes: 2, primaryConnections: 41, replicaConnections: 32 };
  const judge = (parts: Partial<ConnectionFacts> = {}): Finding =>
    judgeConnections({
      instances: [instance, instance],
      budget: 300,
      poolerClients: 285,
      isPoolerShared: true,
      servers: { wanted: 40, max: 92 },
      counted: { asked: 1, held: 1 },
      ...parts,
    });

  it('adds the live leases up against every limit', () => {
    expect(judge()).toMatchObject({
      verdict: 'good',
      figure:
        '2 instances x pools = 146 connections; 146 clients of 285 that the pooler takes; 40 server connections of 92 that the primary takes from the pooler',
    });
  });

  it.each([
    ['the budget is passed', { budget: 145 }, /Run fewer instances/],
    ['the pooler takes fewer', { poolerClients: 145 }, /max_client_conn/],
    ['the pooler alone could drown the database', { servers: { wanted: 93, max: 92 } }, /default_pool_size/],
    ['nobody is counted', { instances: [] }, /Nobody is counted/],
  ])('is a loaded gun when %s', (_what, parts, repair) => {
    expect(judge(parts)).toMatchObject({ verdict: 'gun', repair: expect.stringMatching(repair) as string });
  });

  it.each([
    ['a rolling deploy does not fit', { budget: 200 }, /rolling deploy/],
    ['an instance is not counted', { counted: { asked: 2, held: 1 } }, /1 of the instances asked could not renew/],
    ['the pooler cannot be asked', { poolerClients: undefined, servers: undefined }, /could not be read/],
  ])('watches when %s', (_what, parts, repair) => {
    expect(judge(parts)).toMatchObject({ verdict: 'watch', repair: expect.stringMatching(repair) as string });
  });

  it('counts only the primary against its pooler when replicas are reached another way', () => {
    expect(judge({ isPoolerShared: false, poolerClients: 130 }).verdict).toBe('good');
  });
});

describe('judgeLoginLimit', () => {
  const tryFrom = (n: number, code: string): LoginTry => ({
    from: `127.0.0.${n}`,
    status: code === 'invalid_credentials' ? 401 : 429,
    code,
  });
  const wrong = [1, 2, 3].map((n) => tryFrom(n, 'invalid_credentials'));

  it('is content when the name is refused from a new address, and another name is not', () => {
    const told = judgeLoginLimit({
      sameName: [...wrong, tryFrom(4, 'login_backoff')],
      otherName: tryFrom(4, 'invalid_credentials'),
    });
    expect(told).toMatchObject({
      verdict: 'good',
      figure: 'try 4 on one name was refused, from 4 addresses; another name was not',
    });
  });

  it('is a loaded gun when the name is never refused', () => {
    expect(judgeLoginLimit({ sameName: wrong, otherName: tryFrom(4, 'invalid_credentials') }).verdict).toBe('gun');
  });

  it('is a loaded gun when a name is refused that has not failed', () => {
    expect(
      judgeLoginLimit({ sameName: [...wrong, tryFrom(4, 'login_backoff')], otherName: tryFrom(4, 'login_backoff') })
        .verdict,
    ).toBe('gun');
  });

  it('cannot tell while its own address is limited', () => {
    expect(
      judgeLoginLimit({ sameName: [tryFrom(1, 'rate_limited')], otherName: tryFrom(1, 'rate_limited') }).verdict,
    ).toBe('unknown');
  });
});
