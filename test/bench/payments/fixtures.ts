import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { queryPrimary } from '../../load/query-database.js';
import type { Instance } from '../../load/spawn-instance.js';

/** Enough of each that no row is hot: what is measured is the path, not a lock. */
export const ITEMS = 10_000;
export const ACCOUNTS = 500;
const STOCK = 1_000_000;
/** The second half of an id, as a number that pgbench can draw; the 9 makes it a valid UUID. */
export const LOW = 9_000_000_000_000_000n;
/** The first half of the ids of each kind; the 4 makes it a valid UUID. */
export const HIGH = { item: '1000000000004000', account: '2000000000004000', session: '3000000000004000' } as const;

export interface Fixtures {
  readonly itemIdsFile: string;
  readonly buyersFile: string;
}

/** A UUID derived from its number. */
export function fixtureId(kind: keyof typeof HIGH, n: number): string {
  const digits = `${HIGH[kind]}${LOW + BigInt(n)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Items with plenty of stock, and customers with a session, by SQL: signing up costs a password hash each. */
export async function fillFixtures(instance: Instance, folder: string): Promise<Fixtures> {
  const id = (kind: keyof typeof HIGH): string => `('${HIGH[kind]}' || (${LOW} + n))::uuid`;
  await queryPrimary(
    instance,
    `INSERT INTO catalog.items (id, sku, slug, title, price_minor, currency)
    SELECT ${id('item')}, 'BENCH-' || n, 'bench-' || n, 'Bench item ' || n, 1999, 'EUR'
    FROM generate_series(0, ${ITEMS - 1}) AS n`,
  );
  await queryPrimary(
    instance,
    `INSERT INTO catalog.stock (item_id, quantity) SELECT ${id('item')}, ${STOCK}
      FROM generate_series(0, ${ITEMS - 1}) AS n`,
  );
  await queryPrimary(
    instance,
    `INSERT INTO account.accounts (id, email, email_normalised, display_name, password_hash)
    SELECT ${id('account')}, 'bench-' || n || '@example.com', 'bench-' || n || '@example.com', 'Bench customer',
      'none' FROM generate_series(0, ${ACCOUNTS - 1}) AS n`,
  );
  await queryPrimary(
    instance,
    `INSERT INTO account.sessions (id, account_id, expires_at)
    SELECT ${id('session')}, ${id('account')}, now() + interval '1 day' FROM generate_series(0, ${ACCOUNTS - 1}) AS n`,
  );
  await queryPrimary(instance, 'VACUUM ANALYZE');
  const fixtures = { itemIdsFile: join(folder, 'bench-items.txt'), buyersFile: join(folder, 'bench-buyers.txt') };
  writeFileSync(
    fixtures.itemIdsFile,
    lines(ITEMS, (n) => fixtureId('item', n)),
  );
  writeFileSync(
    fixtures.buyersFile,
    lines(ACCOUNTS, (n) => `${fixtureId('account', n)} ${fixtureId('session', n)}`),
  );
  return fixtures;
}

function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => `${line(n)}\n`).join('');
}
