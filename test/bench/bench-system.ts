import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CleanUp } from '../load/clean-up.js';
import { pinProcess, SERVER_CORE } from '../load/pinning.js';
import { queryDatabase, queryPrimary } from '../load/query-database.js';
import { keysIn } from '../load/redis-server.js';
import { runCommand, startInstance, type Instance } from '../load/spawn-instance.js';
import { temporaryFolder } from '../load/temporary-folder.js';

export interface BenchOptions {
  readonly cleanUp: CleanUp;
  readonly say: (text: string) => void;
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly steadySeconds: number;
  readonly items: number;
  /** Payments that are there already at most. */
  readonly payments: number;
}

/** As wrk was run for the figures that the targets come from. */
export const CONNECTIONS = 64;
const NO_LIMIT = '1000000000';
const SAME_FOR_MS = 4_000;
const WARM_MAX_MS = 120_000;
/** Until this share of the catalog is there, a pause is no end: the worker has to become the leader first. */
const WARM_SHARE_MIN = 0.5;
const REPLAY_MAX_MS = 120_000;
const POLL_MS = 500;

/** One system with a large catalog, started again with other settings for each group of measurements. */
export class BenchSystem {
  readonly folder: string;
  private readonly dataDir: string;
  private running: Instance | null = null;
  private settings = '';
  private filled = false;

  constructor(readonly options: BenchOptions) {
    this.folder = temporaryFolder('bulwark-bench-', options.cleanUp);
    this.dataDir = temporaryFolder('bulwark-bench-data-', options.cleanUp);
    options.cleanUp.add(() => this.running?.stop());
  }

  /** Ids of the catalog, one a line, in random order. */
  get idsFile(): string {
    return join(this.folder, 'ids.txt');
  }

  /** The same ids, what sells best first: real demand follows the catalog's popularity. */
  get popularIdsFile(): string {
    return join(this.folder, 'popular-ids.txt');
  }

  /** A system with one web process on the server's core, its catalog filled; the same settings find the same system. */
  async with(settings: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<Instance> {
    const wanted = JSON.stringify([settings, args]);
    if (this.running !== null && this.settings === wanted) return this.running;
    await this.restart(settings, args);
    if (!this.filled) {
      await this.fill(this.started());
      // What a bulk load leaves behind in running processes is no steady state.
      await this.restart(settings, args);
    }
    this.settings = wanted;
    const instance = this.started();
    for (const pid of instance.run.pids.web) pinProcess(pid, SERVER_CORE);
    if (settings.CACHE_WARM_ITEMS_MAX === undefined)
      this.options.say(`Warming: ${await this.warmed(instance)} keys in Redis`);
    return instance;
  }

  /** The first id of the file. */
  async hotId(instance: Instance): Promise<string> {
    const [row] = await queryPrimary<{ id: string }>(
      instance,
      'SELECT id FROM catalog.items WHERE deleted_at IS NULL ORDER BY md5(id::text) LIMIT 1',
    );
    if (row === undefined) throw new Error('The catalog is empty.');
    return row.id;
  }

  /** Waits until the worker has put what it keeps warm into the cache server: until that grows no more. */
  private async warmed(instance: Instance): Promise<number> {
    let [keys, since] = [0, Date.now()];
    for (const deadline = Date.now() + WARM_MAX_MS; Date.now() < deadline; await delay(POLL_MS)) {
      const now = await keysIn(instance.run.redisCache);
      // A few come and go with their life times.
      if (now > keys * 1.01) [keys, since] = [now, Date.now()];
      if (keys > this.options.items * WARM_SHARE_MIN && Date.now() - since > SAME_FOR_MS) break;
    }
    return keys;
  }

  private async restart(settings: Readonly<Record<string, string>>, args: readonly string[]): Promise<void> {
    await this.running?.stop();
    this.running = null;
    this.running = await startInstance({
      dataDir: this.dataDir,
      args,
      settings: { WEB_WORKERS: '1', RATE_LIMIT_PER_ADDRESS: NO_LIMIT, ...settings },
    });
  }

  private started(): Instance {
    if (this.running === null) throw new Error('The system does not run.');
    return this.running;
  }

  private async fill(instance: Instance): Promise<void> {
    const { say, items } = this.options;
    say(await runCommand(instance, 'catalog-generate', [String(items)]));
    for (const [file, order] of [
      [this.idsFile, 'md5(id::text)'],
      [this.popularIdsFile, 'popularity DESC, id'],
    ] as const) {
      const rows = await queryPrimary<{ id: string }>(
        instance,
        `SELECT id FROM catalog.items WHERE deleted_at IS NULL ORDER BY ${order}`,
      );
      writeFileSync(file, `${rows.map(({ id }) => id).join('\n')}\n`);
    }
    await replayed(instance);
    this.filled = true;
  }
}

async function replayed({ run }: Instance): Promise<void> {
  const [{ at = '' } = {}] = await queryDatabase<{ at: string }>(
    run.postgresPrimary,
    'SELECT pg_current_wal_insert_lsn()::text AS at',
  );
  for (const deadline = Date.now() + REPLAY_MAX_MS; Date.now() < deadline; await delay(POLL_MS)) {
    const [row] = await queryDatabase<{ there: boolean }>(
      run.postgresReplica,
      'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS there',
      [at],
    );
    if (row?.there) return;
  }
  throw new Error('The replica did not catch up.');
}
