import { existsSync } from 'node:fs';
import { LauncherError } from '../machine/launcher-error.js';
import { builtFile } from '../machine/repository.js';
import type { ServiceDefinition } from './service-process.js';

const STOP_GRACE_MS = 3_000;
const START_TIMEOUT_MS = 20_000;

export interface SandboxOptions {
  readonly dataDir: string;
  readonly apiKey: string;
  readonly webhookSecret: string;
  readonly webhookUrl?: string | undefined;
}

/** The payment provider's stand-in, a process of its own with a durable record. */
export function sandboxDefinition(options: SandboxOptions): ServiceDefinition {
  return nodeService('payment-sandbox', 'launcher/sandbox/main.js', (port) => ({
    SANDBOX_PORT: String(port),
    SANDBOX_DATA_DIR: options.dataDir,
    SANDBOX_API_KEY: options.apiKey,
    SANDBOX_WEBHOOK_SECRET: options.webhookSecret,
    ...(options.webhookUrl && { SANDBOX_WEBHOOK_URL: options.webhookUrl }),
  }));
}

/** The mail server that delivers into a folder. */
export function mailSinkDefinition(mailDir: string): ServiceDefinition {
  return nodeService('mail-sink', 'launcher/mail-sink/main.js', (port) => ({
    MAIL_SINK_PORT: String(port),
    MAIL_SINK_DIR: mailDir,
  }));
}

function nodeService(
  name: string,
  file: string,
  environment: (port: number) => Record<string, string>,
): ServiceDefinition {
  const path = builtFile(file);
  return {
    name,
    prepare: () => {
      if (!existsSync(path))
        throw new LauncherError(`${path} is missing: the build is not complete. Run "npm run build".`);
    },
    command: (port) => ({ program: process.execPath, args: [path], env: environment(port) }),
    reportsPort: true,
    user: null,
    stopSignal: 'SIGTERM',
    deathSignal: 'KILL',
    stopGraceMs: STOP_GRACE_MS,
    startTimeoutMs: START_TIMEOUT_MS,
    rank: 1,
  };
}
