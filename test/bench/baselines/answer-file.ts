import { readFileSync } from 'node:fs';

/** An answer of the product, which a baseline repeats byte for byte. */
export interface RecordedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer that the file named on the command line holds. */
export function recordedAnswer(): RecordedAnswer {
  return JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as RecordedAnswer;
}

/** Tells the parent where a baseline listens, and ends with it. */
export function serveUntilParentEnds(port: number): void {
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port });
}
