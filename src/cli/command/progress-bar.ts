import { SingleBar } from 'cli-progress';

/** Shows on a terminal how far a command is; where the output goes elsewhere or the end is unknown, nothing. */
export class ProgressBar {
  private readonly bar: SingleBar | undefined;

  /** @param total undefined when it is not known */
  constructor(format: string, total: number | undefined) {
    if (!process.stdout.isTTY || !total) return;
    this.bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true });
    this.bar.start(total, 0);
  }

  update(value: number): void {
    this.bar?.update(value);
  }

  /** Gives the cursor back; also right when it has stopped. */
  stop(): void {
    this.bar?.stop();
  }
}
