import type { Throughput } from '../load/wrk.js';

/** Something that is measured in turns with others. */
export interface Candidate {
  readonly name: string;
  /** @param round from 0 */
  measure(round: number): Promise<Throughput>;
}

/** What one candidate did, round by round. */
export interface Course {
  readonly name: string;
  readonly rounds: readonly Throughput[];
  readonly medianPerSecond: number;
}

/** Measures A, B, A, B …: whatever else the machine does then meets all of them alike. */
export async function takeTurns(
  candidates: readonly Candidate[],
  rounds: number,
  say: (text: string) => void,
): Promise<Course[]> {
  const results = new Map<string, Throughput[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, measure } of candidates) {
      const measured = await measure(round);
      results.get(name)?.push(measured);
      say(
        `  round ${round + 1}  ${name.padEnd(28)} ` +
          `${Math.round(measured.perSecond).toLocaleString('en-US').padStart(9)}/s  p99 ` +
          `${measured.p99Ms.toFixed(1)} ms${measured.failures > 0 ? `  ${measured.failures} FAILED` : ''}`,
      );
    }
  }
  return [...results].map(([name, taken]) => ({
    name,
    rounds: taken,
    medianPerSecond: median(taken.map(({ perSecond }) => perSecond)),
  }));
}

/** The median rate of one candidate as a share of another's. */
export function ratioOf(courses: readonly Course[], name: string, of: string): number {
  const [course, base] = [name, of].map((wanted) => courses.find((one) => one.name === wanted));
  if (!course || !base) throw new Error(`"${name}" or "${of}" was not measured.`);
  return course.medianPerSecond / base.medianPerSecond;
}

/** Requests that failed in any round of any candidate. */
export function failuresOf(courses: readonly Course[]): number {
  return courses.flatMap(({ rounds }) => rounds).reduce((sum, { failures }) => sum + failures, 0);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
