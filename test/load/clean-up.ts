type Step = () => Promise<void> | void;

const EXIT_INTERRUPTED = 130;

/**
 * What must be undone when a command ends, also when Ctrl-C ends it: processes it started, folders it made.
 * The last one added is undone first.
 */
export class CleanUp {
  private readonly steps: Step[] = [];
  private running: Promise<void> | null = null;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => void this.run().finally(() => process.exit(EXIT_INTERRUPTED)));
    }
  }

  add(step: Step): void {
    this.steps.push(step);
  }

  /** Undoes everything once; a step that fails is named and does not keep the others from running. */
  run(): Promise<void> {
    this.running ??= this.undo();
    return this.running;
  }

  private async undo(): Promise<void> {
    for (const step of this.steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`Cleaning up: ${(error as Error).message}\n`);
      }
    }
  }
}
