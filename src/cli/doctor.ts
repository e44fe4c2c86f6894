import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { loadConfig, type Config } from '../platform/config/index.js';
import { logger } from '../platform/observability/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { EXIT, print, runCommand } from './command/run-command.js';
import { examine, type ExaminedSystem } from './doctor/examine.js';
import { isHealthy } from './doctor/finding.js';
import { formatFindings } from './doctor/format-findings.js';

interface Options {
  readonly json?: true;
  readonly app?: string;
  readonly ops?: readonly string[];
}

runCommand('doctor', (command) =>
  command
    .description('Answers five questions about a running system; exits with 1 when an answer is critical or unknown.')
    .option('--json', 'findings as JSON')
    .option('--app <url>', 'where customers reach the system (default: what "npm run up" runs, else PUBLIC_URL)', toUrl)
    .option(
      '--ops <urls>',
      'the ops port of each instance, separated by commas (default: what "npm run up" runs, else OPS_PORT)',
      (text: string) => text.split(',').map((url) => toUrl(url.trim())),
    )
    .action(async (options: Options) => {
      const system = findSystem(loadConfig(), options);
      logger.level = 'silent';
      const findings = await examine(system);
      const report = { examinedAt: new Date().toISOString(), healthy: isHealthy(findings), findings };
      print(options.json ? JSON.stringify(report, null, 1) : formatFindings(findings));
      if (!isHealthy(findings)) process.exitCode = EXIT.failed;
    }),
);

function findSystem(config: Config, { app, ops }: Options): ExaminedSystem {
  const running = readRunFile(join(config.dataDir, 'run.json'));
  const { publicUrl, opsHost, opsPort } = config.http;
  return {
    config,
    app: withoutSlash(app ?? running?.app ?? publicUrl),
    ops: (ops ?? [running?.ops ?? `http://${opsHost}:${opsPort}`]).map(withoutSlash),
  };
}

function readRunFile(file: string): { app: string; ops: string } | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { app: string; ops: string };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CommandRefusedError(`${file} is no JSON: remove it and start "npm run up" again.`);
  }
}

function toUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It has to be a URL that begins with http:// or https://.');
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}
