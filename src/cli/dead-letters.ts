import { DeadLetters, type DeadLetter } from '../platform/outbox/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { EXIT, print, runCommand } from './command/run-command.js';
import { withApp } from './command/with-app.js';

const SHOWN_MAX = 50;

runCommand('dead-letters', (command) => {
  command.description('Shows and replays events whose consumer failed every attempt.');
  command.command('list', { isDefault: true }).description('the newest of them (default)').action(list);
  command
    .command('replay')
    .description('sends one through its consumer again, or with --all each of them')
    .argument('[consumer]', 'as "list" shows it')
    .argument('[job-id]', 'as "list" shows it')
    .option('--all', 'every dead letter, of one consumer where that is given')
    .action(replay);
});

async function list(): Promise<void> {
  const found = await withApp((app) => app.get(DeadLetters, { strict: false }).list(SHOWN_MAX));
  print(found.length === 0 ? 'There are no dead letters.' : found.map(describe).join('\n\n'));
}

async function replay(consumer: string | undefined, jobId: string | undefined, options: { all?: true }): Promise<void> {
  if (options.all ? jobId !== undefined : jobId === undefined)
    throw new CommandRefusedError(
      'Name a dead letter by its consumer and job id, or give --all. See "npm run dead-letters -- replay --help".',
      EXIT.usage,
    );
  const text = await withApp(async (app) => {
    const letters = app.get(DeadLetters, { strict: false });
    if (options.all) return `${await letters.replayAll(consumer)} dead letter(s) go through their consumers again.`;
    if (await letters.replay(consumer ?? '', jobId ?? '')) return 'It goes through its consumer again.';
    throw new CommandRefusedError('There is no such dead letter.');
  });
  print(text);
}

function describe({ consumer, jobId, eventType, attempts, failedAt, reason, stack }: DeadLetter): string {
  const last = failedAt?.toISOString() ?? 'at an unknown time';
  const frames = stack.split('\n').slice(1, 4);
  const details = [`${eventType}, ${attempts} attempts, last ${last}`, reason, ...frames.map((line) => line.trim())];
  return [`${consumer} ${jobId}`, ...details.map((line) => `  ${line}`)].join('\n');
}
