import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { resultOrLate } from '../background/index.js';
import { ConfigurationError, type Config } from '../config/index.js';
import { BudgetRefusal, ConnectionBudget } from '../connection-budget/index.js';
import { logger } from '../observability/index.js';
import { watchHandleTransfers } from './handle-transfer-watch.js';
import { serveOps, type FleetReports } from './ops-server.js';
import { END_SIGNALS, EXIT_CONFIGURATION, EXIT_TEMPORARY } from './process-lifecycle.js';
import type { FleetMessage, ProcessReport } from './process-link.js';
import { wrongVariables } from './start-refusal.js';

type Kind = 'web' | 'worker';

/** The file that each kind of process runs. */
export type ProcessScripts = Readonly<Record<Kind, string>>;

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
 * The processes of this instance, as the cluster primary keeps them: forks the web processes and the worker, replaces
 * those that end, collects their reports for the ops port, and ends them in order.
 */
class Fleet implements FleetReports {
  private readonly members = new Set<Member>();
  private readonly waiting = new Map<number, (report: ProcessReport) => void>();
  private readonly failuresInARow: Record<Kind, number> = { web: 0, worker: 0 };
  private stopping = false;
  private everReady = false;
  private port: number | null = null;
  private lastReportId = 0;
  private wrongVariables: readonly string[] = [];

  /** @param end called with the exit code when the fleet has to end by itself */
  constructor(
    private readonly config: Config,
    private readonly scripts: ProcessScripts,
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
    this.notifySupervisor();
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
    cluster.setupPrimary({ exec: this.scripts[kind] });
    const member: Member = { kind, process: cluster.fork(), ready: false, bornAt: Date.now() };
    watchHandleTransfers(member.process.process);
    this.members.add(member);
    member.process.on('message', (message: FleetMessage) => this.receive(member, message));
    member.process.on('exit', (code: number | null) => this.onExit(member, code));
  }

  private receive(member: Member, message: FleetMessage): void {
    if (message.type === 'ready') {
      member.ready = true;
      this.port = message.port ?? this.port;
      this.everReady ||= this.isReady();
      this.notifySupervisor();
    }
    if (message.type === 'wrong-variables') this.wrongVariables = message.problems;
    if (message.type === 'report') this.waiting.get(message.id)?.(message.report);
  }

  private onExit(member: Member, code: number | null): void {
    this.members.delete(member);
    if (this.stopping) return;
    if (code === EXIT_CONFIGURATION && !this.everReady) {
      if (this.wrongVariables.length > 0) sayWrong(this.wrongVariables);
      else logger.error('A process cannot start with this configuration; the fleet ends.');
      this.end(EXIT_CONFIGURATION);
      return;
    }
    const steady = Date.now() - member.bornAt > STEADY_MS;
    const failures = steady ? 0 : this.failuresInARow[member.kind]++;
    if (steady) this.failuresInARow[member.kind] = 0;
    const delayMs = Math.min(RESPAWN_FIRST_MS * 2 ** failures, RESPAWN_MAX_MS);
    logger.warn({ kind: member.kind, exit: code, delayMs }, 'A process ended; another takes its place.');
    this.notifySupervisor();
    setTimeout(() => !this.stopping && this.spawn(member.kind), delayMs);
  }

  private async askReport(member: Member): Promise<ProcessReport | undefined> {
    const id = ++this.lastReportId;
    if (!member.ready || !member.process.isConnected()) return undefined;
    const answer = new Promise<ProcessReport | undefined>((resolve) => {
      this.waiting.set(id, resolve);
    });
    member.process.send({ type: 'report-wanted', id } satisfies FleetMessage);
    return resultOrLate(answer, REPORT_TIMEOUT_MS, undefined).finally(() => this.waiting.delete(id));
  }

  /** `npm run up` writes run.json from this. */
  private notifySupervisor(): void {
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

/**
 * Runs the processes of this instance until a signal ends it; opens no connection before the budget has room (ADR 015).
 */
export async function runClusterPrimary(config: Config, scripts: ProcessScripts): Promise<void> {
  const end = (code: number): void => {
    if (fleet.isStopping()) return;
    void fleet
      .stop()
      .then(() => budget.leave())
      .then(() => process.exit(code));
  };
  const fleet = new Fleet(config, scripts, end);
  const ops = await serveOps(config, fleet).catch((error: unknown) => refuseStart(error, config));
  // Only one living process can have this port of this host.
  const budget = new ConnectionBudget(
    config,
    `${hostname()} ${config.http.opsHost} ${(ops.address() as AddressInfo).port}`,
  );
  for (const signal of END_SIGNALS) process.on(signal, () => end(0));
  if (process.send) process.on('disconnect', () => end(0));
  await budget.join().catch((error: unknown) => refuseStart(error, config));
  if (!fleet.isStopping()) fleet.start();
}

async function refuseStart(error: unknown, config: Config): Promise<never> {
  if (error instanceof BudgetRefusal) {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.isTemporary ? EXIT_TEMPORARY : EXIT_CONFIGURATION);
  }
  const wrong = await wrongVariables(error, config);
  if (wrong.length === 0) throw error;
  sayWrong(wrong);
  process.exit(EXIT_CONFIGURATION);
}

function sayWrong(problems: readonly string[]): void {
  process.stderr.write(`${new ConfigurationError(problems).message}\n`);
}
