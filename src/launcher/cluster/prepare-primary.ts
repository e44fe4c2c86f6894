import { DATABASE } from '../embedded/postgres.js';
import type { Member } from './member.js';
import { withSession } from './session.js';

/** Makes the database once. */
export async function prepareDatabase(port: number, password: string): Promise<void> {
  await withSession({ port, password }, async (client) => {
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
}

/** Gives each standby its slot, and drops those that keep the log for no standby. */
export async function prepareSlots(port: number, password: string, standbys: readonly Member[]): Promise<void> {
  const wanted = standbys.map((standby) => standby.slot);
  await withSession({ port, password }, async (client) => {
    await client.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
        WHERE NOT active AND slot_type = 'physical' AND slot_name LIKE 'bulwark\\_%'
          AND (wal_status = 'lost' OR slot_name <> ALL ($1))`,
      [wanted],
    );
    await client.query(
      `SELECT pg_create_physical_replication_slot(wanted.name, true) FROM unnest($1::text[]) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = wanted.name)`,
      [wanted],
    );
  });
}
