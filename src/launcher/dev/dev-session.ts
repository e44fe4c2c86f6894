import { spawn, type ChildProcess } from 'node:child_process';
import type { Guard } from '../embedded/guard-client.js';
import { withDeathSignal } from '../machine/death-signal.js';
import { builtFile, repositoryRoot } from '../machine/repository.js';
import { Backoff } from '../machine/backoff.js';
import { parseReport, type BuildReport } from './build-report.js';
import { namesOf, planRebuild } from './rebuild.js';

type Built = Extract<BuildReport, { type: 'built' }>;

export interface DevSessionOptions {
  readonly guard: Guard;
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Runs the migrate command; answers what it printed. @throws LauncherError when it fails */
  readonly migrate: () => Promise<string>;
  /** Starts the application's processes anew. @throws LauncherError when they do not come up */
  readonly restart: () => Promise<void>;
}

/**
 * What `npm run dev` adds to `up`: a build process that compiles every save, and the restart of the application with
 * each good build. Builds that end during a restart are served by one more restart.
 */
export class DevSession {
  private child: ChildProcess | null = null;
  private readonly backoff = new Backoff();
  private waiting: Built | null = null;
  /** A build that the application did not start with, or whose migration failed: the next one makes up for it. */
  private unserved: Built | null = null;
  private busy = false;
  private failing = false;

  constructor(private readonly options: DevSessionOptions) {}

  /** Starts the build process; it is replaced when it ends by itself. */
  start(): void {
    const [program, args] = withDeathSignal('KILL', process.execPath, [builtFile('launcher/dev/build-on-save.js')]);
    const child = spawn(program, args, {
      cwd: repositoryRoot(),
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    this.backoff.started();
    if (child.pid !== undefined) this.options.guard.add(child.pid, { signal: 'SIGTERM', graceMs: 2_000, rank: 0 });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2_000);
    });
    child.on('message', (message) => this.receive(message));
    child.on('error', (error) => this.options.say(`The build process cannot be run: ${error.message}`));
    child.once('exit', () => {
      if (child.pid !== undefined) this.options.guard.remove(child.pid);
      this.child = null;
      if (!this.options.ending.aborted) void this.replace(complaint.trim());
    });
  }

  /** The application did not come up at the start: the next good build is tried. */
  awaitRepair(): void {
    this.unserved = { type: 'built', changed: ['src/main.js'], sources: [], since: Date.now() };
  }

  stop(): void {
    this.child?.kill('SIGKILL');
  }

  private async replace(complaint: string): Promise<void> {
    this.options.say(`The build process ended unexpectedly; starting it again.${complaint && `\n${complaint}`}`);
    await this.backoff.pause(this.options.ending);
    if (!this.options.ending.aborted) this.start();
  }

  private receive(message: unknown): void {
    const report = parseReport(message);
    if (report === null || this.options.ending.aborted) return;
    if (report.type === 'watching') this.options.say('Watching src and migrations: a save is built and served.');
    if (report.type === 'notice') this.options.say(report.text);
    if (report.type === 'failed') {
      this.failing = true;
      const errors = report.count === 1 ? '1 error' : `${report.count} errors`;
      this.options.say(`${errors}; the last good build keeps serving.\n${report.errors}`);
    }
    if (report.type === 'built') {
      this.waiting = this.waiting === null ? report : { ...join(this.waiting, report), since: this.waiting.since };
      void this.serveWaiting();
    }
  }

  private async serveWaiting(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.waiting !== null && !this.options.ending.aborted) {
      const build = join(this.unserved, this.waiting);
      this.waiting = null;
      this.unserved = build;
      try {
        await this.serve(build);
        this.unserved = null;
      } catch (error) {
        this.options.say(`${(error as Error).message}\nThe next save is tried again.`);
      }
    }
    this.busy = false;
  }

  private async serve({ changed, sources, since }: Built): Promise<void> {
    const { migrate, restart, launcher } = planRebuild(changed);
    const wasFailing = this.failing;
    this.failing = false;
    if (launcher) this.options.say('The launcher changed: it runs on as it is until "npm run dev" is started again.');
    if (migrate) this.sayMigrated(await this.options.migrate(), changed);
    if (restart) await this.options.restart();
    if (this.options.ending.aborted) return;
    const seconds = ((Date.now() - since) / 1_000).toFixed(1);
    if (restart || migrate) this.options.say(`Serving ${namesOf(sources)} after ${seconds} s.`);
    else if (changed.length > 0) this.options.say(`Built ${namesOf(sources)}; the application does not run it.`);
    else if (wasFailing) this.options.say('No errors any more: what serves is the build of these sources.');
  }

  private sayMigrated(output: string, changed: readonly string[]): void {
    this.options.say(output);
    const versioned = changed.some((path) => /^migrations\/[^/]+\.js$/.test(path));
    if (versioned && !/Ran \d+ migration/.test(output))
      this.options.say(
        'A migration that has run is not run again: write the next one, or start with an empty data folder.',
      );
  }
}

/** Two builds are served as one: the later output, and everything that changed on the way to it. */
function join(first: Built | null, second: Built): Built {
  if (first === null) return second;
  return {
    ...second,
    changed: [...new Set([...first.changed, ...second.changed])],
    sources: [...new Set([...first.sources, ...second.sources])],
  };
}
