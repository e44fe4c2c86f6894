import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Switchover } from '../cluster/switchover.js';
import { DevSession } from '../dev/dev-session.js';
import { edgeDefinition } from '../embedded/edge.js';
import { Guard } from '../embedded/guard-client.js';
import { ServiceLog } from '../embedded/service-log.js';
import { ServiceProcess } from '../embedded/service-process.js';
import { ensureSystemPrograms } from '../machine/find-programs.js';
import { LauncherError } from '../machine/launcher-error.js';
import { reservePort, type ReservedPort } from '../machine/ports.js';
import { prepareServerHome } from '../machine/service-user.js';
import type { Environment } from '../services/options.js';
import { startServices, type RunningServices } from '../services/start-services.js';
import { appEnvironment, cliEnvironment, staffCredentials, type AppEnvironmentFacts } from './app-environment.js';
import { Application, type AppPorts } from './application.js';
import { ControlServer } from './control-server.js';
import type { InstanceLock } from './instance-lock.js';
import { keepRunning } from './keep-running.js';
import { Progress } from './progress.js';
import { readyMessage, type SystemUrls } from './ready-message.js';
import { removeRunFile, runFilePath, writeRunFile } from './run-file.js';
import { runStep } from './run-step.js';

export interface SupervisorOptions {
  readonly lock: InstanceLock;
  /** Whether nginx stands before the application. */
  readonly edge: boolean;
  /** Whether a saved source file is built and served. */
  readonly watch: boolean;
}

const EDGE_PORT = 8080;
const MIGRATE_TIMEOUT_MS = 180_000;
const SAMPLE_TIMEOUT_MS = 180_000;
const STAFF_TIMEOUT_MS = 60_000;
const LOG_TRIM_INTERVAL_MS = 60_000;

/** Starts services and application in order, keeps them running until `end` is called, and ends them in order. */
export class Supervisor {
  private readonly progress = new Progress();
  private readonly ending = new AbortController();
  private readonly guard = new Guard();
  private readonly endRequested: Promise<void>;
  private services: RunningServices | null = null;
  private control: ControlServer | null = null;
  private app: Application | null = null;
  private dev: DevSession | null = null;
  private edgePort: ReservedPort | null = null;
  private edge: ServiceProcess | null = null;
  private serving = false;

  constructor(
    private readonly dataDir: string,
    private readonly environment: Environment,
    private readonly options: SupervisorOptions,
  ) {
    this.endRequested = new Promise((resolve) =>
      this.ending.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
  }

  /** Returns after an orderly end; throws when the start fails, with everything ended as well. */
  async run(): Promise<void> {
    this.options.lock.nameGuard(this.guard.identity);
    this.guard.removeFile(runFilePath(this.dataDir));
    removeRunFile(this.dataDir);
    try {
      await this.start();
      await this.endRequested;
    } finally {
      await this.stop();
    }
  }

  /** Begins the end in order, which answers the requests in flight; asked again it changes nothing. */
  end(): void {
    if (this.ending.signal.aborted) return;
    this.progress.say('Stopping (Ctrl-C again to end at once).');
    this.ending.abort();
    // A start that waits for the application would otherwise wait on.
    if (!this.serving) void this.app?.stop();
  }

  /** Ends the application without waiting for its requests. */
  endAtOnce(): void {
    this.end();
    this.progress.say('Ending at once.');
    this.app?.kill();
  }

  private async start(): Promise<void> {
    this.progress.say('Bulwark is starting.');
    this.app = await this.reserveApplication();
    if (this.options.edge)
      this.edgePort = await reservePort({
        variable: 'EDGE_PORT',
        asked: this.environment.EDGE_PORT,
        preferred: EDGE_PORT,
      });
    await this.unlessEnding('Services', async () => {
      this.services = await startServices({
        dataDir: this.dataDir,
        environment: this.environment,
        guard: this.guard,
        onStep: (step) => this.progress.say(`  ${step}`),
        paymentWebhookUrl: `${this.urls().app}/v1/provider-webhooks`,
      });
      this.supervise(this.services);
      await this.control?.listen();
    });
    await this.unlessEnding('Migrations', () => this.cli('migrate', MIGRATE_TIMEOUT_MS));
    const sampleLoaded = join(this.dataDir, 'sample-loaded');
    if (!existsSync(sampleLoaded)) {
      await this.unlessEnding('Sample catalog', () => this.cli('catalog-sample', SAMPLE_TIMEOUT_MS));
      if (!this.ending.signal.aborted) writeFileSync(sampleLoaded, '');
    }
    await this.unlessEnding('Staff account', () => this.cli('seed-staff', STAFF_TIMEOUT_MS));
    await this.unlessEnding('Application', () => this.startApplication());
    if (this.edgePort !== null) await this.unlessEnding('Edge', () => this.startEdge());
    if (this.ending.signal.aborted) return;
    this.serving = true;
    this.writeRunFile();
    const { paymentProvider, mailDir } = this.running().addresses;
    const { totalSeconds } = this.progress;
    this.progress.sayReady(
      readyMessage({ dataDir: this.dataDir, urls: this.urls(), paymentProvider, mailDir, totalSeconds }),
    );
    this.dev?.start();
  }

  private async stop(): Promise<void> {
    const began = Date.now();
    this.ending.abort();
    this.dev?.stop();
    await this.edgePort?.release();
    await this.edge?.stop();
    await this.app?.stop();
    await this.control?.close();
    if (this.services) await this.services.stop();
    else this.guard.close();
    removeRunFile(this.dataDir);
    if (this.services) this.progress.say(`Stopped (${((Date.now() - began) / 1000).toFixed(1)} s).`);
  }

  private reserveApplication(): Promise<Application> {
    return Application.reserve({
      dataDir: this.dataDir,
      environment: this.environment,
      guard: this.guard,
      ending: this.ending.signal,
      say: (text) => this.progress.say(text),
      changed: () => this.writeRunFile(),
      environmentFor: () => appEnvironment(this.environmentFacts()),
    });
  }

  private async startApplication(): Promise<void> {
    const application = this.application();
    if (!this.options.watch) return application.start();
    this.dev = new DevSession({
      guard: this.guard,
      ending: this.ending.signal,
      say: (text) => this.progress.say(text),
      migrate: () => this.cli('migrate', MIGRATE_TIMEOUT_MS),
      restart: () => application.restart(),
    });
    try {
      await application.start();
    } catch (error) {
      if (!(error instanceof LauncherError)) throw error;
      this.progress.say(`${error.message}\nThe services run on; the next save is tried.`);
      this.dev.awaitRepair();
    }
  }

  private async startEdge(): Promise<void> {
    if (this.edgePort === null) return;
    const { nginx } = ensureSystemPrograms(['nginx'], (step) => this.progress.say(`  ${step}`));
    if (nginx === undefined) return;
    const definition = edgeDefinition({
      home: prepareServerHome(this.dataDir),
      program: nginx,
      applicationPort: () => this.ports().app.port,
    });
    await this.edgePort.release();
    this.edge = new ServiceProcess(definition, {
      guard: this.guard,
      log: new ServiceLog(this.dataDir, definition.name),
      port: this.edgePort.port,
    });
    await this.edge.start();
    this.keep(this.edge);
  }

  private keep(service: ServiceProcess): () => void {
    return keepRunning(service, {
      ending: this.ending.signal,
      say: (text) => this.progress.say(text),
      changed: () => this.writeRunFile(),
    });
  }

  private supervise(services: RunningServices): void {
    const servers = services.database?.cluster.members.map((member) => member.service) ?? [];
    const all = [...new Set([...servers, ...Object.values(services.services)])];
    const starters = new Map(all.map((service) => [service, this.keep(service)]));
    const switchover =
      services.database &&
      new Switchover(services.database, {
        ending: this.ending.signal,
        changed: () => this.writeRunFile(),
        keepStarting: (member) => starters.get(member.service)?.(),
      });
    this.control = new ControlServer(async () => {
      if (switchover) return switchover.run();
      throw new LauncherError('The database is external: promote it where it runs, see docker/README.md.');
    });
    const trimLogs = () => {
      for (const service of [...all, ...(this.edge ? [this.edge] : [])]) service.log.trim();
      this.app?.trimLog();
    };
    setInterval(trimLogs, LOG_TRIM_INTERVAL_MS).unref();
  }

  private async unlessEnding(name: string, work: () => Promise<unknown>): Promise<void> {
    if (!this.ending.signal.aborted) await this.progress.step(name, work);
  }

  private async cli(name: string, timeoutMs: number): Promise<string> {
    const log = new ServiceLog(this.dataDir, name);
    await runStep(`cli/${name}.js`, {
      environment: cliEnvironment(this.environmentFacts()),
      guard: this.guard,
      log,
      ending: this.ending.signal,
      timeoutMs,
    });
    return log.tail();
  }

  private environmentFacts(): AppEnvironmentFacts {
    const { app, ops } = this.ports();
    return {
      environment: this.environment,
      services: this.running(),
      appPort: app.port,
      opsPort: ops.port,
      edgePort: this.edgePort?.port,
    };
  }

  private writeRunFile(): void {
    if (!this.serving || this.ending.signal.aborted) return;
    const { addresses, pids } = this.running();
    writeRunFile(this.dataDir, {
      ...this.urls(),
      control: this.control?.url ?? '',
      addresses,
      services: { ...pids, edge: this.edge?.pid ?? null },
      staff: staffCredentials(this.environment, this.running()),
      supervisor: process.pid,
      fleet: this.application().fleet,
    });
  }

  private urls(): SystemUrls {
    const { app, ops } = this.ports();
    const edge = this.edgePort && { edge: `http://127.0.0.1:${this.edgePort.port}` };
    return { app: `http://127.0.0.1:${app.port}`, ops: `http://127.0.0.1:${ops.port}`, ...edge };
  }

  private running(): RunningServices {
    if (this.services === null) throw new Error('The services do not run yet.');
    return this.services;
  }

  private ports(): AppPorts {
    return this.application().ports;
  }

  private application(): Application {
    if (this.app === null) throw new Error('The ports are not chosen yet.');
    return this.app;
  }
}
