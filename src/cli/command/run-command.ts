import { Command, CommanderError } from 'commander';
import { CommandRefusedError, explainFailure } from './explain-failure.js';

/** Exit codes that every command shares: it did what was asked, it could not, its arguments are wrong. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs one operators' command to the end of the process: arguments and `--help` by commander, a failure as one line on
 * stderr, and the exit codes of {@link EXIT}. An action that did its work but answers "no" sets `process.exitCode`.
 * @param script the name in package.json, which help and messages show
 */
export function runCommand(script: string, define: (command: Command) => void): void {
  keepWorkingWithoutReader();
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const command = new Command(`npm run ${script} --`)
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(toLine(text, script)) })
    .exitOverride();
  define(command);
  command.parseAsync(process.argv).then(() => end(), fail);
}

/** Prints a line of a command's answer. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * Has the cleanup run when the command is interrupted, before it ends by the signal. It must be synchronous.
 * @returns takes it back
 */
export function onInterrupt(cleanUp: () => void): () => void {
  const interrupted = (signal: NodeJS.Signals): void => {
    takeBack();
    try {
      cleanUp();
    } finally {
      // By the signal itself, so that a shell sees why it ended.
      process.kill(process.pid, signal);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const takeBack = (): void => {
    for (const signal of signals) process.removeListener(signal, interrupted);
  };
  for (const signal of signals) process.on(signal, interrupted);
  return takeBack;
}

/** Why the output could not be written: a full disk behind it. */
let lost: NodeJS.ErrnoException | undefined;

/** A reader that has gone (`| head -1`) ends the output and not the work; lost output makes it a failure in the end. */
function keepWorkingWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') lost ??= error;
    });
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Help that was asked for is an answer; everything else that commander throws is about the arguments.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    process.exitCode = error instanceof CommandRefusedError ? error.exitCode : EXIT.failed;
    process.stderr.write(`${explainFailure(error)}\n`);
  }
  end();
}

/** Ends the process once its output has left: pools and timers of the application would keep it alive. */
function end(): void {
  process.stdout.write('', () =>
    // A stream reports its failure after it has called back.
    setImmediate(() => {
      if (lost) {
        process.exitCode = EXIT.failed;
        process.stderr.write(`The output is lost. ${explainFailure(lost)}\n`);
      }
      process.exit();
    }),
  );
}

/** Commander's message as one line, which also says where the help is. */
function toLine(text: string, script: string): string {
  const said = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
  const begin = said.charAt(0).toUpperCase() + said.slice(1);
  return `${begin}${/[.?!)]$/.test(begin) ? '' : '.'} See "npm run ${script} -- --help".\n`;
}
