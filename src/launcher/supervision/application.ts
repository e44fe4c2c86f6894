import type { Guard } from '../embedded/guard-client.js';
import { ServiceLog } from '../embedded/service-log.js';
import { LauncherError } from '../machine/launcher-error.js';
import { reservePort, type ReservedPort } from '../machine/ports.js';
import type { Environment } from '../services/options.js';
import { AppProcess } from './app-process.js';
import { NO_FLEET, type Fleet } from './run-file.js';

/** The ports of the application, held until it takes them. */
export interface AppPorts {
  readonly app: ReservedPort;
  readonly ops: ReservedPort;
}

export interface ApplicationOptions {
  readonly dataDir: string;
  /** The environment of the launcher. */
  readonly environment: Environment;
  readonly guard: Guard;
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  readonly changed: () => void;
  /** What the processes get, for the ports that they will have. */
  readonly environmentFor: (ports: AppPorts) => Readonly<Record<string, string | undefined>>;
}

const APP_PORT = 3000;
const OPS_PORT = 9464;
/** A port that was free when it was probed may be taken before the application has it. */
const PORT_ATTEMPTS_MAX = 3;

/** The application's processes with their ports and their log, from one start of `up` to its end. */
export class Application {
  private process: AppProcess | null = null;
  private log: ServiceLog | null = null;

  private constructor(
    private readonly options: ApplicationOptions,
    private held: AppPorts,
  ) {}

  /** @throws LauncherError when a port that was asked for is malformed or taken */
  static async reserve(options: ApplicationOptions): Promise<Application> {
    return new Application(options, await reservePorts(options.environment));
  }

  get ports(): AppPorts {
    return this.held;
  }

  get fleet(): Fleet {
    return this.process?.fleet ?? NO_FLEET;
  }

  /** @throws LauncherError with the end of its log when it does not come up */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { app, ops } = this.held;
      await this.releasePorts();
      this.process = new AppProcess({ ...this.options, environment: this.environment(), log: this.openLog() });
      try {
        return await this.process.start();
      } catch (error) {
        const lostRace =
          error instanceof LauncherError && /EADDRINUSE/.test(error.message) && !(app.explicit && ops.explicit);
        if (!lostRace || attempt >= PORT_ATTEMPTS_MAX) throw error;
        this.held = await reservePorts(this.options.environment);
      }
    }
  }

  /** Ends the processes in order and starts them on the same ports, with the build as it is now. */
  async restart(): Promise<void> {
    await this.process?.stop();
    if (this.options.ending.aborted) return;
    this.process = new AppProcess({ ...this.options, environment: this.environment(), log: this.openLog() });
    await this.process.start();
  }

  async stop(): Promise<void> {
    await this.releasePorts();
    await this.process?.stop();
  }

  /** Ends them at once. */
  kill(): void {
    this.process?.kill();
  }

  /** Puts a log that has grown too long aside. */
  trimLog(): void {
    this.log?.trim();
  }

  /** One log for all restarts: what happened before the last one is often the reason for it. */
  private openLog(): ServiceLog {
    this.log ??= new ServiceLog(this.options.dataDir, 'app');
    return this.log;
  }

  private environment(): Readonly<Record<string, string | undefined>> {
    return this.options.environmentFor(this.held);
  }

  private async releasePorts(): Promise<void> {
    await Promise.all([this.held.app.release(), this.held.ops.release()]);
  }
}

async function reservePorts(environment: Environment): Promise<AppPorts> {
  const app = await reservePort({ variable: 'PORT', asked: environment.PORT, preferred: APP_PORT });
  const ops = await reservePort({ variable: 'OPS_PORT', asked: environment.OPS_PORT, preferred: OPS_PORT });
  return { app, ops };
}
