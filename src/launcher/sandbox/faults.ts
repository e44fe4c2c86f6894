export const OPERATIONS = ['authorize', 'capture', 'refund', 'any'] as const;
export const MODES = ['hold', 'error', 'error_after', 'delay'] as const;
const DELAY_MAX_MS = 120_000;
const COUNT_MAX = 1_000_000;
const FAULTS_MAX = 100;

/** A fault on demand: what it hits, how, and how many calls. */
export interface Fault {
  operation: (typeof OPERATIONS)[number];
  mode: (typeof MODES)[number];
  delayMs: number;
  /** Calls left to hit; unlimited when null. */
  count: number | null;
}

/** The faults that are set, and the calls that they hold. */
export class Faults {
  private faults: Fault[] = [];
  private held: (() => void)[] = [];

  /** @throws RangeError naming what is wrong with the demand */
  add(demand: Record<string, unknown>): Fault {
    if (this.faults.length >= FAULTS_MAX) throw new RangeError(`There are ${FAULTS_MAX} faults already.`);
    const fault: Fault = {
      operation: oneOf('operation', demand.operation, OPERATIONS),
      mode: oneOf('mode', demand.mode, MODES),
      delayMs: whole('delayMs', demand.delayMs ?? 0, 0, DELAY_MAX_MS),
      count: demand.count === undefined || demand.count === null ? null : whole('count', demand.count, 1, COUNT_MAX),
    };
    this.faults.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  /** Takes the fault that hits this call, if any, and counts it. */
  hit(operation: string): Fault | undefined {
    const fault = this.faults.find((one) => one.operation === operation || one.operation === 'any');
    if (!fault) return undefined;
    if (fault.count !== null && --fault.count === 0) this.faults = this.faults.filter((one) => one !== fault);
    return fault;
  }

  /** Resolves when the faults are cleared. */
  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.held.push(resolve);
    });
  }

  /** Removes every fault and lets held calls go on. */
  clear(): number {
    const released = this.held;
    this.faults = [];
    this.held = [];
    for (const release of released) release();
    return released.length;
  }
}

function oneOf<T extends string>(name: string, value: unknown, words: readonly T[]): T {
  const word = words.find((one) => one === value);
  if (!word) throw new RangeError(`${name} wants one of ${words.join(', ')}.`);
  return word;
}

function whole(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} wants a whole number from ${min} to ${max}.`);
  return value;
}
