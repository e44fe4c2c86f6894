import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { readTopology, requiredVariables, type ComposeTopology } from '../support/compose-topology.js';
import { ROOT } from '../support/source-files.js';

const base = readTopology(
  Object.fromEntries(Object.keys(requiredVariables()).map((name) => [name, `value-of-${name}`])),
);
const variant = load(readFileSync(join(ROOT, 'docker/compose.citus.yaml'), 'utf8'), {
  schema: YAML11_SCHEMA,
}) as ComposeTopology;
const workers = Object.keys(variant.services).filter((name) => name.startsWith('citus-worker-'));

describe('the variant on a distributed PostgreSQL', () => {
  it('changes the database servers, adds workers, and touches nothing else', () => {
    const changed = Object.keys(variant.services).filter((name) => name in base.services);
    expect(changed.toSorted()).toEqual(['postgres-primary', 'postgres-replica']);
    expect([...changed, ...workers].toSorted()).toEqual(Object.keys(variant.services).toSorted());
    expect(workers.length).toBeGreaterThanOrEqual(2);
  });

  it('loads the extension first, in every server, from one image', () => {
    for (const { image, command = [] } of Object.values(variant.services)) {
      expect(image).toBe(variant.services['postgres-primary']?.image);
      expect(command.join(' ')).toMatch(/shared_preload_libraries=citus/);
      // Without it no transaction could span two machines.
      expect(command.join(' ')).toMatch(/max_prepared_transactions=[1-9]/);
    }
  });

  it('lets only the coordinator reach a worker', () => {
    const reaching = (name: string): string[] =>
      Object.entries(variant.services)
        .filter(([, { networks }]) => (networks as string[] | undefined)?.includes(name))
        .map(([service]) => service);
    expect(reaching('cluster').toSorted()).toEqual([...workers, 'postgres-primary'].toSorted());
    expect(Object.keys(base.networks)).not.toContain('cluster');
    expect(variant.networks.cluster?.internal).toBe(true);
    expect(Object.values(variant.services).flatMap(({ ports = [] }) => ports)).toEqual([]);
  });

  it('keeps every data folder in a volume of its own', () => {
    const mounted = Object.values(variant.services).map(({ volumes = [] }) => (volumes[0] ?? '').split(':')[0] ?? '');
    expect(mounted.toSorted()).toEqual(Object.keys(variant.volumes).toSorted());
  });
});
