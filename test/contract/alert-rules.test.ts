import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { registry } from '../../src/platform/observability/index.js';
import { ROOT, sourceFiles } from '../support/source-files.js';

interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; action: string };
}

const FOLDER = join(ROOT, 'docker/prometheus/rules');
const alerts = readdirSync(FOLDER).flatMap((file) => {
  const { groups } = load(readFileSync(join(FOLDER, file), 'utf8')) as { groups: { name: string; rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
});

/** Each capability and context registers its metrics in a file of its own. */
async function registerAll(): Promise<void> {
  for (const { path } of sourceFiles('src')) if (path.endsWith('.metrics.ts')) await import(join(ROOT, path));
}

/** The names under which Prometheus stores what we register. */
async function storedNames(): Promise<Set<string>> {
  const registered = await registry.getMetricsAsJSON();
  return new Set(
    registered.flatMap(({ name, type }) =>
      String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

describe('the alert rules', () => {
  beforeAll(registerAll);

  it('fire on the leading indicators of the data tier', () => {
    const named = new Set(alerts.flatMap(({ expr }) => expr.match(/bulwark_\w+/g) ?? []));
    for (const name of [
      'bulwark_db_pool_saturation_ratio',
      'bulwark_db_pool_wait_seconds_bucket',
      'bulwark_replica_lag_seconds',
      'bulwark_connection_budget_used_ratio',
      'bulwark_pooler_clients',
    ])
      expect([...named]).toContain(name);
  });

  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s names metrics that there are, and says what to do',
    async (_name, { expr, for: lasting, labels, annotations }) => {
      const stored = await storedNames();
      const named = expr.match(/bulwark_\w+/g) ?? [];
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((name) => !stored.has(name))).toEqual([]);
      expect(lasting).toMatch(/^\d+(s|m|h)$/);
      expect(expr.split('(').length).toBe(expr.split(')').length);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(20);
      expect(annotations.action.length).toBeGreaterThan(20);
    },
  );
});
