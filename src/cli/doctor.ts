import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationError, loadConfig, type Config } from '../platform/config/index.js';
import { logger } from '../platform/observability/index.js';
import { examine, type ExaminedSystem } from './doctor/examine.js';
import { isHealthy } from './doctor/finding.js';
import { formatFindings } from './doctor/format-findings.js';

const USAGE = `Usage: npm run doctor [-- --json] [--app URL] [--ops URL[,URL…]]
  --json   findings as JSON
  --app    where customers reach the system; default: what "npm run up" runs, else PUBLIC_URL
  --ops    the ops port of each instance; default: what "npm run up" runs, else OPS_HOST and OPS_PORT
`;

/** Answers the five questions about a running system. Exits with 1 when an answer is critical or unknown. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  logger.level = 'silent';
  const findings = await examine(findSystem(loadConfig(), options));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ examinedAt: new Date().toISOString(), healthy: isHealthy(findings), findings }, null, 1)}\n`
      : `${formatFindings(findings)}\n`,
  );
  return isHealthy(findings) ? 0 : 1;
}

interface Options {
  readonly json?: boolean | undefined;
  readonly app?: string | undefined;
  readonly ops?: string | undefined;
}

function readOptions(args: string[]): Options | undefined {
  try {
    return parseArgs({ args, options: { json: { type: 'boolean' }, app: { type: 'string' }, ops: { type: 'string' } } })
      .values;
  } catch {
    return undefined;
  }
}

function findSystem(config: Config, options: Options): ExaminedSystem {
  const file = join(config.dataDir, 'run.json');
  const running = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { app: string; ops: string })
    : undefined;
  const { publicUrl, opsHost, opsPort } = config.http;
  const ops = options.ops ?? running?.ops ?? `http://${opsHost}:${opsPort}`;
  return {
    config,
    app: withoutSlash(options.app ?? running?.app ?? publicUrl),
    ops: ops.split(',').map((url) => withoutSlash(url.trim())),
  };
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const { message } = error as Error;
    const text = error instanceof ConfigurationError ? message : `The system could not be examined: ${message}`;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  },
);
