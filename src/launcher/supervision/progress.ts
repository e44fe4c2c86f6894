const NAME_WIDTH = 44;

/** The lines of `up`: steps while it starts, with the seconds that each took; later sentences with the time. */
export class Progress {
  private readonly began = Date.now();
  /** A step's name stands there, and its seconds follow in the same line unless something else is said before. */
  private lineIsOpen = false;
  private isRunning = false;

  constructor(
    private readonly output: { write(text: string): unknown } = process.stdout,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Prints the name of a step, runs it, and prints the seconds; a failing one is marked. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = Date.now();
    const heading = `  ${name.padEnd(NAME_WIDTH, ' ')} `;
    this.closeLine();
    this.output.write(heading);
    this.lineIsOpen = true;
    const finish = (text: string) => {
      this.output.write(`${this.lineIsOpen ? '' : heading}${text}\n`);
      this.lineIsOpen = false;
    };
    try {
      const result = await work();
      finish(secondsSince(began));
      return result;
    } catch (error) {
      finish(`failed after ${secondsSince(began)}`);
      throw error;
    }
  }

  /** Prints a line; once everything runs it begins with the time. */
  say(text: string): void {
    this.closeLine();
    this.output.write(`${this.isRunning ? `${timeOf(this.now())}  ` : ''}${text}\n`);
  }

  /** Prints that everything runs: from now on each line has the time. */
  sayReady(text: string): void {
    this.say(text);
    this.isRunning = true;
  }

  get totalSeconds(): string {
    return secondsSince(this.began);
  }

  private closeLine(): void {
    if (this.lineIsOpen) this.output.write('\n');
    this.lineIsOpen = false;
  }
}

function secondsSince(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}

/** Local, as the clock on the wall of who reads it. */
function timeOf(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
