import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { handOver, type ServerHome } from '../machine/service-user.js';

/** What a data folder says about its server: one that is promoted removes the mark before it takes its first write. */
const STANDBY_SIGNAL = 'standby.signal';
const HISTORY = /^([0-9A-F]{8})\.history$/;
const FIRST_TIMELINE = 1;
/** Offsets in global/pg_control, the same in all supported versions. */
const CONTROL = { state: 16, checkpoint: 32, bytes: 40 };
const SHUT_DOWN = 1;

/** True while the server in the folder cannot have taken a write of its own. */
export function isStandbyFolder(folder: string): boolean {
  return existsSync(join(folder, STANDBY_SIGNAL));
}

/** True when the folder holds a server that is, or was, a primary; a folder that is gone holds none. */
export function isPrimaryFolder(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION')) && !isStandbyFolder(folder);
}

/** Sees to it that the folder's server never comes up as a primary again; on disk when this returns. */
export function markStandby(home: ServerHome, folder: string): void {
  if (!existsSync(folder)) return;
  const path = join(folder, STANDBY_SIGNAL);
  const file = openSync(path, 'w', 0o600);
  fsyncSync(file);
  closeSync(file);
  handOver(home, path);
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

/** Forgets the slots of a stopped server: they would keep the log for standbys that follow another one. */
export function emptySlots(home: ServerHome, folder: string): void {
  const slots = join(folder, 'pg_replslot');
  rmSync(slots, { recursive: true, force: true });
  mkdirSync(slots, { mode: 0o700 });
  handOver(home, slots);
}

/** The latest timeline in the folder: each promotion begins a new one. */
export function timelineOf(folder: string): number {
  const log = join(folder, 'pg_wal');
  if (!existsSync(log)) return 0;
  return readdirSync(log).reduce(
    (latest, name) => Math.max(latest, Number.parseInt(HISTORY.exec(name)?.[1] ?? '1', 16)),
    FIRST_TIMELINE,
  );
}

/** Where the log of a stopped server ends; null when it did not end in an orderly way. */
export function cleanEndOf(folder: string): bigint | null {
  const control = readFileSync(join(folder, 'global', 'pg_control')).subarray(0, CONTROL.bytes);
  return control.readUInt32LE(CONTROL.state) === SHUT_DOWN ? control.readBigUInt64LE(CONTROL.checkpoint) : null;
}
