import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { ConfigurationError, loadConfig } from '../platform/config/index.js';
import { FrameworkLogger } from '../platform/http/index.js';
import { logger } from '../platform/observability/index.js';
import { DeadLetters, type DeadLetter } from '../platform/outbox/index.js';

const SHOWN_MAX = 50;
const USAGE = `Usage:
  npm run dead-letters                              lists what consumers gave up on
  npm run dead-letters -- replay CONSUMER JOB_ID    sends one through its consumer again
  npm run dead-letters -- replay --all [CONSUMER]   sends all of them through again
`;

/** Shows and replays dead letters of a running system. */
async function main([command = 'list', ...rest]: string[]): Promise<number> {
  if (command !== 'list' && command !== 'replay') return refuse();
  if (command === 'replay' && !(rest[0] === '--all' || rest.length === 2)) return refuse();
  loadConfig();
  logger.level = 'error';
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: new FrameworkLogger(),
    abortOnError: false,
  });
  try {
    const letters = app.get(DeadLetters, { strict: false });
    return command === 'list' ? await list(letters) : await replay(letters, rest);
  } finally {
    await app.close();
  }
}

async function list(letters: DeadLetters): Promise<number> {
  const found = await letters.list(SHOWN_MAX);
  process.stdout.write(found.length === 0 ? 'There are no dead letters.\n' : `${found.map(describe).join('\n\n')}\n`);
  return 0;
}

async function replay(letters: DeadLetters, [first = '', second]: string[]): Promise<number> {
  if (first === '--all') {
    process.stdout.write(`${await letters.replayAll(second)} dead letter(s) go through their consumers again.\n`);
    return 0;
  }
  const found = await letters.replay(first, second ?? '');
  process.stdout.write(found ? 'It goes through its consumer again.\n' : 'There is no such dead letter.\n');
  return found ? 0 : 1;
}

function describe({ consumer, jobId, eventType, attempts, failedAt, reason, stack }: DeadLetter): string {
  const last = failedAt?.toISOString() ?? 'at an unknown time';
  const frames = stack.split('\n').slice(1, 4);
  const details = [`${eventType}, ${attempts} attempts, last ${last}`, reason, ...frames.map((line) => line.trim())];
  return [`${consumer} ${jobId}`, ...details.map((line) => `  ${line}`)].join('\n');
}

function refuse(): number {
  process.stderr.write(USAGE);
  return 2;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const { message } = error as Error;
    const text = error instanceof ConfigurationError ? message : `The dead letters could not be reached: ${message}`;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  },
);
