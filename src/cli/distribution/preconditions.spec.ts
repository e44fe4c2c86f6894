import { CLEARING, DISTRIBUTING, DISTRIBUTION } from './distribution.js';
import { evaluateServer, type ServerState } from './preconditions.js';

const { tables } = DISTRIBUTION;
const READY: ServerState = {
  serverVersion: 170_004,
  citusAvailable: '13.0-1',
  citusInstalled: '13.0-1',
  activeWorkers: 2,
  known: tables,
  distributed: [],
};
const missing = (change: Partial<ServerState>): string => {
  const decision = evaluateServer({ ...READY, ...change });
  return decision.kind === 'missing' ? decision.what.join('\n') : decision.kind;
};

describe('the decision before a distribution', () => {
  it('lets it begin on a cluster that has everything', () => {
    expect(evaluateServer(READY)).toEqual({ kind: 'ready' });
  });

  it('finds a distribution that was done already', () => {
    expect(evaluateServer({ ...READY, distributed: tables })).toEqual({ kind: 'done' });
  });

  it.each<[string, Partial<ServerState>, RegExp]>([
    [
      'the extension on the server',
      { citusAvailable: null, citusInstalled: null },
      /PostgreSQL 17 here has no extension Citus/,
    ],
    [
      'a younger server',
      { serverVersion: 140_010, citusAvailable: null, citusInstalled: null },
      /PostgreSQL 14 is too old/,
    ],
    ['the extension in the database', { citusInstalled: null }, /CREATE EXTENSION citus/],
    ['a younger extension', { citusInstalled: '11.3-1' }, /11\.3-1 is too old/],
    ['a worker', { activeWorkers: 0 }, /citus_add_node/],
    ['the schema', { known: [] }, /run the migrations first/],
    ['the rest of the group', { distributed: tables.slice(0, 1) }, /Only payments\.payments of the group/],
  ])('says that %s is missing', (_, change, said) => {
    expect(missing(change)).toMatch(said);
  });
});

describe('the statements of a distribution', () => {
  const at = (part: string): number => DISTRIBUTING.findIndex((statement) => statement.includes(part));

  it('take foreign keys away before, and put them back after', () => {
    for (const { name, table } of DISTRIBUTION.foreignKeys) {
      expect(at(`DROP CONSTRAINT ${name}`)).toBeLessThan(at(`create_distributed_table('${tables[0]}'`));
      expect(at(`ADD CONSTRAINT ${name}`)).toBeGreaterThan(at(`create_distributed_table('${table}'`));
    }
  });

  it('put every table of the group on the machines of the first', () => {
    const distributing = DISTRIBUTING.filter((statement) => statement.includes('create_distributed_table'));
    expect(distributing).toHaveLength(tables.length);
    for (const [index, statement] of distributing.entries())
      expect(statement).toContain(index === 0 ? "colocate_with => 'none'" : `colocate_with => '${tables[0]}'`);
  });

  it('clear the coordinator of the table that all others refer to', () => {
    expect(CLEARING).toEqual([`SELECT truncate_local_data_after_distributing_table('${tables[0]}')`]);
  });
});
