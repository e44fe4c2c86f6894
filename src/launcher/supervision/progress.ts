/** Short lines about what the start is doing: a step, and the seconds it took. */
export class Progress {
  private readonly began = Date.now();

  constructor(private readonly output: { write(text: string): unknown; isTTY?: boolean } = process.stdout) {}

  /** Runs a step and prints its name with its seconds; a failing one is named too. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = Date.now();
    try {
      const result = await work();
      this.line(name, secondsSince(began));
      return result;
    } catch (error) {
      this.line(name, `failed after ${secondsSince(began)}`);
      throw error;
    }
  }

  say(text: string): void {
    this.output.write(`${text}\n`);
  }

  get totalSeconds(): string {
    return secondsSince(this.began);
  }

  private line(name: string, right: string): void {
    this.output.write(`  ${name.padEnd(44, ' ')} ${right}\n`);
  }
}

function secondsSince(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}
