import { isHealthy, type Finding } from './finding.js';
import { evaluateConnections, type ConnectionFacts } from './evaluate-connections.js';
import { evaluateHottestKey } from './evaluate-hottest-key.js';
import { evaluateLoginLimit, type LoginTry } from './evaluate-login-limit.js';
import { evaluateReadWriteRatio } from './evaluate-read-write-ratio.js';
import { evaluateRoutes, type ApiDocument } from './evaluate-routes.js';

const finding = (status: Finding['status']): Finding => ({
  question: '',
  figure: '',
  status,
  evidence: [],
  repair: '',
});

describe('isHealthy', () => {
  it('is true only when nothing is critical and everything could be examined', () => {
    expect(
      [[finding('good'), finding('watch')], [finding('good'), finding('critical')], [finding('unknown')]].map(
        isHealthy,
      ),
    ).toEqual([true, false, false]);
  });
});

describe('evaluateReadWriteRatio', () => {
  it('reports the ratio and where reads were answered', () => {
    const result = evaluateReadWriteRatio({ reads: 19_040, writes: 200, onReplica: 900, onPrimary: 100 });
    expect(result).toMatchObject({ status: 'good', figure: '95.2 : 1 (19,040 reads, 200 writes)' });
    expect(result.evidence).toContain('90 % of 1,000 statements were answered by a replica');
  });

  it.each([
    ['too little traffic', 90, 5, '18.0 : 1 (90 reads, 5 writes)'],
    ['mostly writes', 100, 250, '1 : 2.5 (100 reads, 250 writes)'],
    ['no traffic at all', 0, 0, 'no traffic yet (0 reads, 0 writes)'],
  ])('watches %s', (_what, reads, writes, figure) => {
    expect(evaluateReadWriteRatio({ reads, writes, onReplica: 0, onPrimary: 0 })).toMatchObject({
      status: 'watch',
      figure,
    });
  });
});

describe('evaluateHottestKey', () => {
  const keys = [
    { cache: 'item', key: 'a', protection: 'single-flight', hits: 5 },
    { cache: 'home', key: '', protection: 'single-flight', hits: 900 },
  ];

  it('names the hottest and what protects it', () => {
    expect(evaluateHottestKey(keys, true)).toMatchObject({ status: 'good', figure: 'home, 900 hits, protected' });
  });

  it('is critical when any hot key is unprotected, or the defence is off', () => {
    expect(
      evaluateHottestKey([...keys, { cache: 'items', key: 'q', protection: 'none', hits: 1_000 }], true),
    ).toMatchObject({ status: 'critical', figure: 'items q, 1,000 hits, unprotected' });
    expect(evaluateHottestKey([], false)).toMatchObject({ status: 'critical' });
  });

  it('watches before anything was read', () => {
    expect(evaluateHottestKey([], true).status).toBe('watch');
  });
});

describe('evaluateRoutes', () => {
  const key = { name: 'Idempotency-Key', in: 'header', required: true };
  const document: ApiDocument = {
    paths: {
      '/v1/payments': { get: {}, post: { parameters: [key] } },
      '/v1/sessions': { post: { 'x-idempotency-exempt': 'holds secrets' } },
    },
  };

  it('lists every route that changes state with how it stands', () => {
    const result = evaluateRoutes(document, true);
    expect(result).toMatchObject({ status: 'good', figure: '1 idempotent, 1 exempt in writing, 0 neither' });
    expect(result.evidence).toEqual([
      expect.any(String),
      'POST /v1/payments: idempotent',
      'POST /v1/sessions: exempt: holds secrets',
    ]);
  });

  it('is critical with one route that is neither idempotent nor exempt, or whose key is optional', () => {
    const open = evaluateRoutes(
      {
        paths: { ...document.paths, '/v1/items': { patch: { parameters: [{ ...key, required: false }] }, delete: {} } },
      },
      true,
    );
    expect(open).toMatchObject({ status: 'critical', figure: '1 idempotent, 1 exempt in writing, 2 neither' });
    expect(open.repair).toContain('PATCH /v1/items, DELETE /v1/items');
  });

  it('is critical while idempotency is switched off, and unknown without a route', () => {
    expect(evaluateRoutes(document, false).status).toBe('critical');
    expect(evaluateRoutes({ paths: {} }, true).status).toBe('unknown');
  });
});

describe('evaluateConnections', () => {
  const instance = { role: 'web', processes: 2, primaryConnections: 41, replicaConnections: 32 };
  const evaluate = (parts: Partial<ConnectionFacts> = {}): Finding =>
    evaluateConnections({
      instances: [instance, instance],
      budget: 300,
      poolerClients: 285,
      isPoolerShared: true,
      servers: { wanted: 40, max: 92 },
      counted: { asked: 1, held: 1 },
      ...parts,
    });

  it('adds the live leases up against every limit', () => {
    expect(evaluate()).toMatchObject({
      status: 'good',
      figure:
        '2 instances x pools = 146 connections; 146 clients of 285 that the pooler takes; ' +
        '40 server connections of 92 that the primary takes from the pooler',
    });
  });

  it.each([
    ['the budget is passed', { budget: 145 }, /Run fewer instances/],
    ['the pooler takes fewer', { poolerClients: 145 }, /max_client_conn/],
    ['the pooler alone could exhaust the database', { servers: { wanted: 93, max: 92 } }, /default_pool_size/],
    ['no instance is counted', { instances: [] }, /No instance is counted/],
  ])('is critical when %s', (_what, parts, repair) => {
    expect(evaluate(parts)).toMatchObject({ status: 'critical', repair: expect.stringMatching(repair) as string });
  });

  it.each([
    ['a rolling deploy does not fit', { budget: 200 }, /rolling deploy/],
    ['an instance is not counted', { counted: { asked: 2, held: 1 } }, /1 of the instances asked could not renew/],
    ['the pooler cannot be asked', { poolerClients: undefined, servers: undefined }, /could not be read/],
  ])('watches when %s', (_what, parts, repair) => {
    expect(evaluate(parts)).toMatchObject({ status: 'watch', repair: expect.stringMatching(repair) as string });
  });

  it('counts only the primary against its pooler when replicas are reached another way', () => {
    expect(evaluate({ isPoolerShared: false, poolerClients: 130 }).status).toBe('good');
  });
});

describe('evaluateLoginLimit', () => {
  const tryFrom = (n: number, code: string): LoginTry => ({
    from: `127.0.0.${n}`,
    status: code === 'invalid_credentials' ? 401 : 429,
    code,
  });
  const wrong = [1, 2, 3].map((n) => tryFrom(n, 'invalid_credentials'));

  it('is good when the name is refused from a new address, and another name is not', () => {
    const result = evaluateLoginLimit({
      sameName: [...wrong, tryFrom(4, 'login_backoff')],
      otherName: tryFrom(4, 'invalid_credentials'),
    });
    expect(result).toMatchObject({
      status: 'good',
      figure: 'try 4 on one name was refused, from 4 addresses; another name was not',
    });
  });

  it('is critical when the name is never refused', () => {
    expect(evaluateLoginLimit({ sameName: wrong, otherName: tryFrom(4, 'invalid_credentials') }).status).toBe(
      'critical',
    );
  });

  it('is critical when a name is refused that has not failed', () => {
    expect(
      evaluateLoginLimit({ sameName: [...wrong, tryFrom(4, 'login_backoff')], otherName: tryFrom(4, 'login_backoff') })
        .status,
    ).toBe('critical');
  });

  it('is unknown while its own address is limited', () => {
    expect(
      evaluateLoginLimit({ sameName: [tryFrom(1, 'rate_limited')], otherName: tryFrom(1, 'rate_limited') }).status,
    ).toBe('unknown');
  });
});
