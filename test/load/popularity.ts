import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './built-files.js';

/** Ratings of 10,000 real titles; beside the repository, since their licence is another. */
const RATINGS_FILE = join(REPOSITORY, '..', 'shared', 'data', 'books-popularity.csv');
/** The head of the ratings is flatter than a power law; the tail, which has to be continued, begins about here. */
const TAIL_FROM_RANK = 3_000;
/**
 * Where the ratings are missing: weight = 1 / (rank + 25)^1.04, fitted to them. It meets the most popular book
 * within 10 %, ranks 10 to 1,000 within a factor of 1.6, and is steeper than they are in between.
 */
const FITTED = { exponent: 1.04, offset: 25 };

/** How often each rank is asked for, most popular first. */
export interface Popularity {
  readonly weights: Float64Array;
  /** Says where the figures come from. */
  readonly source: string;
}

/** The popularity of `count` items: the ratings by rank, their tail continued as a power law. */
export function popularityOf(count: number): Popularity {
  if (!existsSync(RATINGS_FILE)) {
    const weights = Float64Array.from({ length: count }, (_, index) => (index + 1 + FITTED.offset) ** -FITTED.exponent);
    return { weights, source: `fitted power law, exponent ${FITTED.exponent}` };
  }
  const ratings = readRatings(readFileSync(RATINGS_FILE, 'utf8'));
  const exponent = tailExponent(ratings);
  const last = ratings.at(-1) ?? 1;
  const weights = Float64Array.from(
    { length: count },
    (_, index) => ratings[index] ?? last * ((index + 1) / ratings.length) ** -exponent,
  );
  return {
    weights,
    source: `ratings of ${ratings.length} titles, tail continued with exponent ${exponent.toFixed(2)}`,
  };
}

/** Draws ranks (from 0) as often as their weights say. */
export class RankPicker {
  private readonly cumulative: Float64Array;

  constructor(
    weights: Float64Array,
    private readonly random: () => number,
  ) {
    let sum = 0;
    this.cumulative = weights.map((weight) => (sum += weight));
  }

  next(): number {
    const wanted = this.random() * (this.cumulative.at(-1) ?? 0);
    let [low, high] = [0, this.cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.cumulative[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The weights of a `id,weight` file, largest first. */
export function readRatings(text: string): number[] {
  const weights = text
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[1]))
    .filter((weight) => weight > 0);
  return weights.toSorted((a, b) => b - a);
}

/** Least squares over logarithms, from the rank where the tail begins. */
export function tailExponent(sorted: readonly number[]): number {
  const first = Math.min(TAIL_FROM_RANK, Math.floor(sorted.length / 2));
  const points = sorted.slice(first).map((weight, index) => [Math.log(first + index + 1), Math.log(weight)] as const);
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return -covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
