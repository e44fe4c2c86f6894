import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './platform/config/index.js';
import { BudgetRefusal, ConnectionBudget } from './platform/connection-budget/index.js';
import { logger, metrics, type FleetMessage, type ProcessReport } from './platform/observability/index.js';
import { watchHandleTransfers } from './handle-transfer-watch.js';
import { serveOps, type FleetReports } from './ops-server.js';
import { EXIT_CONFIGURATION, EXIT_TEMPORARY } from './process-lifecycle.js';

type Kind = 'web' | 'worker';

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPTS: Record<Kind, string> = { web: join(HERE, 'main.js'), worker: join(HERE, 'worker.js') };
const RESPAWN_FIRST_MS = 100;
const RESPAWN_MAX_MS = 5_000;
/** A process that lived this long has not failed to start: the next respawn is quick again. */
const STEADY_MS = 10_000;
const REPORT_TIMEOUT_MS = 2_500;
const STOP_MAX_MS = 25_000;

interface Member {
  kind: Kind;
  process: Worker;
  ready: boolean;
  bornAt: number;
}

/**
 * The head of the fleet: forks the web processes and the worker, brings back what dies, adds their
 * reports together for the ops port, and ends them in order.
 */
class Fleet implements FleetReports {
  private readonly members = new Set<Member>();
  private readonly waiting = new Map<number, (report: ProcessReport) => void>();
  private readonly failuresInARow: Record<Kind, number> = { web: 0, worker: 0 };
  private stopping = false;
  private everReady = false;
  private port: number | null = null;
  private lastReportId = 0;

  /** @param end called with the exit code when the fleet has to end by itself */
  constructor(
    private readonly config: Config,
    private readonly end: (code: number) => void,
  ) {}

  start(): void {
    const { role, http } = this.config;
    if (role !== 'worker') for (let n = 0; n < http.webWorkers; n++) this.spawn('web');
    if (role !== 'web') this.spawn('worker');
  }

  isReady(): boolean {
    return !this.stopping && this.members.size > 0 && [...this.members].every((member) => member.ready);
  }

  isStopping(): boolean {
    return this.stopping;
  }

  /** Asks every process; one that does not answer in time counts as not ready. */
  async reports(): Promise<(ProcessReport | undefined)[]> {
    return Promise.all([...this.members].map((member) => this.askReport(member)));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.tellSupervisor();
    const ends = [...this.members].map(
      (member) => new Promise<void>((resolve) => member.process.once('exit', () => resolve())),
    );
    for (const member of this.members) member.process.process.kill('SIGTERM');
    const late = setTimeout(() => {
      for (const member of this.members) member.process.process.kill('SIGKILL');
    }, STOP_MAX_MS);
    await Promise.all(ends);
    clearTimeout(late);
  }

  private spawn(kind: Kind): void {
    cluster.setupPrimary({ exec: SCRIPTS[kind] });
    const member: Member = { kind, process: cluster.fork(), ready: false, bornAt: Date.now() };
    watchHandleTransfers(member.process.process);
    this.members.add(member);
    member.process.on('message', (message: FleetMessage) => this.receive(member, message));
    member.process.on('exit', (code: number | null) => this.bury(member, code));
  }

  private receive(member: Member, message: FleetMessage): void {
    if (message.type === 'ready') {
      member.ready = true;
      this.port = message.port ?? this.port;
      this.everReady ||= this.isReady();
      this.tellSupervisor();
    }
    if (message.type === 'report') this.waiting.get(message.id)?.(message.report);
  }

  private bury(member: Member, code: number | null): void {
    this.members.delete(member);
    if (this.stopping) return;
    if (code === EXIT_CONFIGURATION && !this.everReady) {
      logger.error('A process cannot start with this configuration; the fleet ends.');
      this.end(EXIT_CONFIGURATION);
      return;
    }
    const steady = Date.now() - member.bornAt > STEADY_MS;
    const failures = steady ? 0 : this.failuresInARow[member.kind]++;
    if (steady) this.failuresInARow[member.kind] = 0;
    const delayMs = Math.min(RESPAWN_FIRST_MS * 2 ** failures, RESPAWN_MAX_MS);
    logger.warn({ kind: member.kind, exit: code, delayMs }, 'A process ended; another takes its place.');
    this.tellSupervisor();
    setTimeout(() => !this.stopping && this.spawn(member.kind), delayMs);
  }

  private async askReport(member: Member): Promise<ProcessReport | undefined> {
    const id = ++this.lastReportId;
    if (!member.ready || !member.process.isConnected()) return undefined;
    const answer = new Promise<ProcessReport | undefined>((resolve) => {
      this.waiting.set(id, resolve);
      setTimeout(() => resolve(undefined), REPORT_TIMEOUT_MS).unref();
    });
    member.process.send({ type: 'report-wanted', id } satisfies FleetMessage);
    return answer.finally(() => this.waiting.delete(id));
  }

  /** `npm run up` keeps run.json true with this. */
  private tellSupervisor(): void {
    const pids = (kind: Kind): number[] =>
      [...this.members].filter((member) => member.kind === kind).map((member) => member.process.process.pid ?? 0);
    process.send?.({
      type: 'fleet',
      ready: this.isReady(),
      port: this.port,
      web: pids('web'),
      worker: pids('worker')[0] ?? null,
    });
  }
}

/** Runs the fleet until a signal ends it; it opens no connection before there is room for it (ADR 015). */
export async function runFleet(config: Config): Promise<void> {
  const end = (code: number): void => {
    if (fleet.isStopping()) return;
    void fleet
      .stop()
      .then(() => budget.leave())
      .then(() => process.exit(code));
  };
  const fleet = new Fleet(config, end);
  const ops = await serveOps(config, fleet);
  // Only one living process can have this port of this host.
  const budget = new ConnectionBudget(
    config,
    `${hostname()} ${config.http.opsHost} ${(ops.address() as AddressInfo).port}`,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0));
  if (process.send) process.on('disconnect', () => end(0));
  metrics.protectionEnabled.set({ name: 'cache' }, config.cache.defence === 'on' ? 1 : 0);
  metrics.protectionEnabled.set({ name: 'idempotency' }, config.idempotency.defence === 'on' ? 1 : 0);
  await budget.join().catch(refuseStart);
  if (!fleet.isStopping()) fleet.start();
}

function refuseStart(error: unknown): never {
  if (!(error instanceof BudgetRefusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.isTemporary ? EXIT_TEMPORARY : EXIT_CONFIGURATION);
}
