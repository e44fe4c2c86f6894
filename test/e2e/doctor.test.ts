import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { freshStart, query } from '../support/fresh-start.js';
import { metric } from '../support/metrics.js';
import { runCli } from '../support/run-cli.js';
import { ROOT } from '../support/source-files.js';

interface Report {
  healthy: boolean;
  findings: { question: string; figure: string; status: string; evidence: string[]; repair: string }[];
}

const READS = 120;
const AT_ONCE = 20;
/** As the drills start an application without its protections. */
const UNPROTECTED = ['without-cache-protection', 'without-idempotency']
  .map((name) => pathToFileURL(join(ROOT, 'dist/test/drills/unprotected', `${name}.js`)).href)
  .map((url) => `--import=${url}`)
  .join(' ');
const CONNECTIONS_FIGURE = new RegExp(
  String.raw`^1 instances x pools = 75 connections; 75 clients of [\d,]+ that the pooler takes; ` +
    String.raw`\d+ server connections of \d+ that the primary takes`,
);

describe('npm run doctor', () => {
  let bulwark: Bulwark | undefined;

  beforeEach(freshStart);

  afterEach(async () => {
    await bulwark?.stop();
  });

  const examine = async (
    { url, opsUrl }: Bulwark,
    environment: Record<string, string> = {},
  ): Promise<Report & { code: number | null }> => {
    const { code, output } = await runCli('doctor', ['--json', '--app', url, '--ops', opsUrl], environment);
    return { code, ...(JSON.parse(output) as Report) };
  };
  const browse = async ({ api }: Bulwark): Promise<void> => {
    for (let n = 0; n < READS; n++) expect((await api.get('/v1/home')).status).toBe(200);
  };

  it('answers the five questions about a healthy system with figures', async () => {
    bulwark = await startBulwark();
    await browse(bulwark);
    const { code, healthy, findings } = await examine(bulwark);
    expect(findings.map(({ status, figure }) => ({ status, figure }))).toEqual([
      { status: 'good', figure: expect.stringMatching(/^reads only|: 1 \(/) },
      { status: 'good', figure: expect.stringMatching(/^home.* hits, protected$/) },
      { status: 'good', figure: expect.stringMatching(/^\d{2} idempotent, \d exempt in writing, 0 neither$/) },
      {
        status: 'good',
        figure: expect.stringMatching(CONNECTIONS_FIGURE),
      },
      { status: 'good', figure: 'try 4 on one name was refused, from 4 addresses; another name was not' },
    ]);
    expect(findings[0]?.evidence[0]).toContain('bulwark_http_requests_total');
    expect([code, healthy]).toEqual([0, true]);
    expect(await metric(bulwark, 'bulwark_login_attempts_total', { outcome: 'blocked' })).toBe(1);
  });

  it('prints a table, the evidence and a conclusion for people', async () => {
    bulwark = await startBulwark();
    const { code, output } = await runCli('doctor', ['--app', bulwark.url, '--ops', bulwark.opsUrl]);
    const [table, evidence, conclusion] = [
      /question +status +figure[\s\S]*5 +Is the limit on failed logins per account/,
      /POST \/v1\/payments: idempotent/,
      /Nothing is critical\./,
    ].map((part) => output.search(part)) as [number, number, number];
    expect(table).toBeGreaterThanOrEqual(0);
    expect(evidence).toBeGreaterThan(table);
    expect(conclusion).toBeGreaterThan(evidence);
    expect(code).toBe(0);
  });

  it('is critical about an application whose protections a drill has replaced', async () => {
    bulwark = await startBulwark({ NODE_OPTIONS: UNPROTECTED });
    const { api } = bulwark;
    await Promise.all(Array.from({ length: AT_ONCE }, () => api.get('/v1/home')));
    expect(await metric(bulwark, 'bulwark_cache_loads_total', { cache: 'home' })).toBeGreaterThan(1);
    const [request, key] = [{ email: `${randomUUID()}@example.com` }, randomUUID()];
    await api.post('/v1/password-resets', request, { key });
    const again = await api.post('/v1/password-resets', request, { key });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, null]);
    const { code, healthy, findings } = await examine(bulwark);
    expect(findings.map(({ status }) => status)).toEqual(['watch', 'critical', 'critical', 'good', 'good']);
    for (const { repair } of findings.slice(1, 3)) expect(repair).toContain('This is not the product as it ships');
    expect([code, healthy]).toEqual([1, false]);
  });

  it('is critical about a fleet over its budget', async () => {
    bulwark = await startBulwark();
    await query(`INSERT INTO platform.instances (id, instance_id, role, processes, primary_connections,
      replica_connections, leased_until)
      VALUES (gen_random_uuid(), 'elsewhere', 'web', 64, 1281, 1024, now() + interval '1 hour')`);
    const { code, healthy, findings } = await examine(bulwark);
    expect(findings.map(({ status }) => status)).toEqual(['watch', 'watch', 'good', 'critical', 'good']);
    expect(findings[3]).toMatchObject({
      figure: expect.stringContaining('2 instances x pools = 2,380 connections'),
      repair: expect.stringContaining('DATABASE_CONNECTION_BUDGET'),
    });
    expect([code, healthy]).toEqual([1, false]);
  });

  it('does not call healthy what it cannot examine', async () => {
    bulwark = await startBulwark();
    const { code, output } = await runCli('doctor', ['--json', '--app', bulwark.url, '--ops', 'http://127.0.0.1:1']);
    const { findings } = JSON.parse(output) as Report;
    expect(findings.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown', 'unknown', 'good']);
    expect(code).toBe(1);
  });
});
