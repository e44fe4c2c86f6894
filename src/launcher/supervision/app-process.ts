import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import pTimeout from 'p-timeout';
import type { Guard } from '../embedded/guard-client.js';
import type { ServiceLog } from '../embedded/service-log.js';
import { LauncherError } from '../machine/launcher-error.js';
import { withDeathSignal } from '../machine/death-signal.js';
import { builtFile } from '../machine/repository.js';
import { Backoff } from '../machine/backoff.js';
import { readableLog } from './readable-log.js';
import { NO_FLEET, type Fleet } from './run-file.js';

/** Requests in flight and queued jobs get this long to finish. */
export const STOP_GRACE_MS = 25_000;
const READY_TIMEOUT_MS = 60_000;

export interface AppOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly guard: Guard;
  readonly log: ServiceLog;
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Called whenever the fleet's processes changed. */
  readonly changed: () => void;
}

/** The cluster primary of the fleet (`main.js`): started once by us, again by itself after a crash. */
export class AppProcess {
  fleet: Fleet = NO_FLEET;
  private child: ChildProcess | null = null;
  private exited: Promise<void> = Promise.resolve();
  private readonly backoff = new Backoff();
  private wasReady = false;
  /** Kept when the cluster primary dies: its members may outlive it for a moment. */
  private guardedMembers: number[] = [];
  private readonly readyListeners = new Set<() => void>();

  constructor(private readonly options: AppOptions) {}

  /**
   * Starts it and returns once it serves.
   * @throws LauncherError with the end of its log when it ends or hangs instead
   */
  async start(): Promise<void> {
    const logBegan = this.options.log.bytes;
    const launched = new Promise<'ready' | 'ended'>((resolve) => {
      this.readyListeners.add(() => resolve('ready'));
      this.launch();
      void this.exited.then(() => resolve('ended'));
    });
    const outcome = await pTimeout(launched, { milliseconds: READY_TIMEOUT_MS, fallback: () => 'late' as const });
    this.readyListeners.clear();
    if (outcome === 'ready' || this.options.ending.aborted) return;
    await this.stop(1_000);
    throw new LauncherError(
      'The application ' +
        `${outcome === 'ended' ? 'ended while it started' : `was not ready within ${READY_TIMEOUT_MS / 1000} s`}. ` +
        `The end of its log:\n${readableLog(this.options.log.tail(logBegan))}\n(${this.options.log.path})`,
    );
  }

  /** Asks it to end, and kills it when its time is up. */
  async stop(graceMs = STOP_GRACE_MS): Promise<void> {
    const child = this.child;
    if (child === null) return;
    this.wasReady = false;
    child.kill('SIGTERM');
    await pTimeout(this.exited, { milliseconds: graceMs, fallback: () => this.kill() });
    await this.exited;
  }

  /** Ends the whole fleet at once. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  private launch(): void {
    const log = this.options.log.open();
    const [program, args] = withDeathSignal('KILL', process.execPath, ['--enable-source-maps', builtFile('main.js')]);
    const child = spawn(program, args, {
      detached: true,
      env: this.options.environment as NodeJS.ProcessEnv,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.child = child;
    this.backoff.started();
    this.watch(child.pid);
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.options.say(`The application cannot be run: ${error.message}`);
        if (child.pid === undefined) resolve();
      });
      child.once('exit', () => {
        this.forget(child.pid);
        resolve();
        if (this.wasReady) void this.restart();
      });
    });
    child.on('message', (message) => this.receive(message));
  }

  private async restart(): Promise<void> {
    this.options.changed();
    if (this.options.ending.aborted) return;
    this.options.say('The application ended unexpectedly; starting it again.');
    await this.backoff.pause(this.options.ending);
    if (!this.options.ending.aborted) this.launch();
  }

  private receive(message: unknown): void {
    const fleet = parseFleet(message);
    if (fleet === null) return;
    const members = pidsOf(fleet);
    for (const pid of this.guardedMembers.filter((one) => !members.includes(one))) this.options.guard.remove(pid);
    for (const pid of members.filter((one) => !this.guardedMembers.includes(one))) this.watch(pid);
    this.guardedMembers = members;
    this.fleet = fleet;
    this.options.changed();
    if (!fleet.ready) return;
    this.wasReady = true;
    for (const listener of this.readyListeners) listener();
  }

  private watch(pid: number | undefined): void {
    // The fleet ends with its cluster primary; a process that is left two seconds later is stuck.
    if (pid !== undefined) this.options.guard.add(pid, { signal: 'SIGTERM', graceMs: 2_000, rank: 0 });
  }

  private forget(pid: number | undefined): void {
    if (pid !== undefined) this.options.guard.remove(pid);
    this.child = null;
    this.fleet = NO_FLEET;
  }
}

/** The fleet in a message of the cluster primary, or null for any other message. */
export function parseFleet(message: unknown): Fleet | null {
  if (typeof message !== 'object' || message === null) return null;
  const { type, ready, web, worker } = message as Record<string, unknown>;
  if (type !== 'fleet' || !Array.isArray(web) || !web.every(isPid)) return null;
  return { ready: ready === true, web, worker: isPid(worker) ? worker : null };
}

function isPid(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 1;
}

function pidsOf(fleet: Fleet): number[] {
  return fleet.worker === null ? [...fleet.web] : [...fleet.web, fleet.worker];
}
