import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import getPort from 'get-port';
import pTimeout from 'p-timeout';
import { LauncherError } from '../machine/launcher-error.js';
import { withDeathSignal } from '../machine/death-signal.js';
import { endGroup } from '../machine/process-group.js';
import type { ServiceUser } from '../machine/service-user.js';
import type { Guard } from './guard-client.js';
import type { ServiceLog } from './service-log.js';

/** How one embedded server is started, checked and ended. */
export interface ServiceDefinition {
  readonly name: string;
  /** The command for a port; a server that `reportsPort` gets 0 at its first start. */
  readonly command: (port: number) => { program: string; args: readonly string[]; env?: Record<string, string> };
  /** Prepares files before each start. */
  readonly prepare?: (port: number) => void | Promise<void>;
  /** Answers whether this very process serves; asked again until it does. Unused with `reportsPort`. */
  readonly isReady?: (port: number, pid: number) => boolean | Promise<boolean>;
  /** It prints `{"ready":true,"port":N}` on its output once it listens. */
  readonly reportsPort?: boolean;
  readonly user: ServiceUser | null;
  readonly stopSignal: NodeJS.Signals;
  readonly deathSignal: 'KILL' | 'INT' | 'TERM';
  readonly stopGraceMs: number;
  /** A failure to start that passes by itself, recognised in the log; tried again until TRANSIENT_MAX_MS are over. */
  readonly transientFailure?: RegExp;
  /** It leads processes of its own, which must not outlive it. */
  readonly leadsGroup?: boolean;
  /** Recovery after a crash counts as starting. */
  readonly startTimeoutMs: number;
  /** Lower ranks end first. */
  readonly rank: number;
}

export interface ServiceSurroundings {
  readonly guard: Guard;
  readonly log: ServiceLog;
  /** A port that must be used; without one a free port is probed at the first start and kept for the later ones. */
  readonly port?: number | undefined;
}

const READY_POLL_MS = 15;
const TRANSIENT_MAX_MS = 10_000;
const TRANSIENT_PAUSE_MS = 100;
/** Another process may take a probed port before the server does; more than three times in a row is no accident. */
const PORT_ATTEMPTS_MAX = 3;
const PORT_TAKEN = /in use|EADDRINUSE|could not bind|Failed listening|cannot listen/i;

/** One embedded server: started, stopped and started again on the same port. */
export class ServiceProcess {
  private child: ChildProcess | null = null;
  private exited: Promise<void> = Promise.resolve();
  private chosenPort: number | undefined;
  private ending = false;
  private wanted = false;
  private launchError = '';
  private logBegan = 0;
  private exitListener: (() => void) | null = null;

  constructor(
    readonly definition: ServiceDefinition,
    private readonly surroundings: ServiceSurroundings,
  ) {
    this.chosenPort = surroundings.port;
  }

  get name(): string {
    return this.definition.name;
  }

  get log(): ServiceLog {
    return this.surroundings.log;
  }

  /** The last lines that it wrote since its latest start: an older failure must not be taken for a new one. */
  recentLog(): string {
    return this.log.tail(this.logBegan);
  }

  /** The process id, or null while it is down. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Whether it was started last, and not stopped: one that is down and wanted has crashed. */
  get isWanted(): boolean {
    return this.wanted;
  }

  /** The port; known once it was started. */
  get port(): number {
    if (this.chosenPort === undefined) throw new Error(`${this.name} was not started yet.`);
    return this.chosenPort;
  }

  /**
   * Starts the server and returns when it serves.
   * @throws LauncherError with the last lines of its log
   */
  async start(): Promise<void> {
    this.wanted = true;
    if (this.child !== null) return;
    const portIsFree = this.chosenPort === undefined;
    const transientUntil = Date.now() + TRANSIENT_MAX_MS;
    for (let attempt = 1; ; attempt += 1) {
      const port = this.chosenPort ?? (this.definition.reportsPort ? 0 : await getPort());
      const failure = await this.tryStart(port);
      if (failure === null) return;
      if (this.wanted && Date.now() < transientUntil && this.definition.transientFailure?.test(this.recentLog())) {
        await wait(TRANSIENT_PAUSE_MS);
        continue;
      }
      if (!portIsFree || attempt >= PORT_ATTEMPTS_MAX || !PORT_TAKEN.test(this.recentLog())) throw failure;
    }
  }

  /** Ends the server in an orderly way, or by force when its time is up; it is not restarted by itself. */
  async stop(): Promise<void> {
    this.wanted = false;
    await this.end(this.definition.stopSignal, this.definition.stopGraceMs);
  }

  /** Ends the server as a crash would; it is not restarted by itself. */
  async kill(): Promise<void> {
    this.wanted = false;
    await this.end('SIGKILL', this.definition.stopGraceMs);
  }

  /** Calls back when a running server ends without having been asked to. */
  onUnexpectedExit(listener: () => void): void {
    this.exitListener = listener;
  }

  private async tryStart(port: number): Promise<LauncherError | null> {
    await this.definition.prepare?.(port);
    const child = this.launch(port);
    try {
      this.chosenPort = await this.awaitReady(child, port);
    } catch (error) {
      await this.end('SIGKILL', this.definition.stopGraceMs);
      if (!(error instanceof LauncherError)) throw error;
      return error;
    }
    this.ending = false;
    return null;
  }

  private launch(port: number): ChildProcess {
    const { definition } = this;
    const { program, args, env } = definition.command(port);
    const [command, wrappedArgs] = withDeathSignal(definition.deathSignal, program, args);
    this.logBegan = this.log.bytes;
    const log = this.log.open();
    const child = spawn(command, wrappedArgs, {
      ...(definition.user && { uid: definition.user.uid, gid: definition.user.gid }),
      cwd: '/',
      env: { PATH: process.env.PATH, TZ: 'UTC', ...env },
      // A group of its own: Ctrl-C at the terminal must not end the database before the application.
      detached: true,
      stdio: ['ignore', definition.reportsPort ? 'pipe' : log, log],
    });
    closeSync(log);
    this.ending = true;
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.on('error', (error) => {
        // Only a child that never ran has no exit to wait for.
        if (child.pid !== undefined) return;
        this.launchError = error.message;
        resolve(this.forget(child));
      });
      child.once('exit', () => resolve(this.forget(child)));
    });
    if (child.pid !== undefined) {
      this.surroundings.guard.add(child.pid, {
        signal: definition.stopSignal,
        graceMs: definition.stopGraceMs,
        rank: definition.rank,
        leadsGroup: definition.leadsGroup ?? false,
      });
    }
    return child;
  }

  private awaitReady(child: ChildProcess, port: number): Promise<number> {
    const { definition } = this;
    return pTimeout(definition.reportsPort ? this.reportedPort(child) : this.pollReady(child, port), {
      milliseconds: definition.startTimeoutMs,
      fallback: () => {
        throw this.failure(`did not get ready within ${definition.startTimeoutMs / 1000} s`);
      },
    });
  }

  private async pollReady(child: ChildProcess, port: number): Promise<number> {
    const isReady = this.definition.isReady ?? (() => true);
    while (this.child === child && child.pid !== undefined && !(await isReady(port, child.pid)))
      await wait(READY_POLL_MS);
    if (this.child !== child) throw this.failure('ended while it started');
    return port;
  }

  /** Reads the ready line; what is printed later is drained, or the pipe would fill and block the server. */
  private reportedPort(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
      if (child.stdout === null) return reject(this.failure('has no output'));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const port = parseReadyLine(line);
        if (port !== null) resolve(port);
      });
      void this.exited.then(() => reject(this.failure('ended while it started')));
    });
  }

  private async end(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    const child = this.child;
    if (child === null) return;
    this.ending = true;
    child.kill(signal);
    await pTimeout(this.exited, { milliseconds: graceMs, fallback: () => child.kill('SIGKILL') });
    await this.exited;
  }

  private forget(child: ChildProcess): void {
    if (child.pid !== undefined && this.definition.leadsGroup) endGroup(child.pid);
    if (child.pid !== undefined) this.surroundings.guard.remove(child.pid);
    if (this.child !== child) return;
    this.child = null;
    if (!this.ending) this.exitListener?.();
  }

  private failure(what: string): LauncherError {
    const tail = `${this.recentLog()}${this.launchError}`;
    return new LauncherError(
      `${this.name} ${what}. ${tail === '' ? 'Its log is empty' : `The end of its log:\n${tail}`}\n(${this.log.path})`,
    );
  }
}

/** The port in `{"ready":true,"port":N}`, or null for any other line. */
export function parseReadyLine(line: string): number | null {
  if (!line.startsWith('{')) return null;
  try {
    const message = JSON.parse(line) as { ready?: unknown; port?: unknown };
    return message.ready === true && typeof message.port === 'number' ? message.port : null;
  } catch {
    return null;
  }
}
