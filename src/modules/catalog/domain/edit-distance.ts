/** Longer words than this are not corrected: the cost grows with the square. */
export const CORRECTABLE_LENGTH_MAX = 40;

/** How many edits a word of this length may need and still be the same word: none for "of", two for "hitchhiker". */
export function editsAllowed(length: number): number {
  if (length < 3) return 0;
  return length < 8 ? 1 : 2;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : Infinity;
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced, swapped));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** The words of the vocabulary that the misspelt one may have meant: the nearest ones within the edits allowed. */
export function nearestWords(misspelt: string, vocabulary: readonly string[]): string[] {
  const near = vocabulary
    .map((word) => ({ word, edits: editDistance(misspelt, word) }))
    .filter(({ edits }) => edits <= editsAllowed(misspelt.length));
  const fewest = Math.min(...near.map(({ edits }) => edits));
  return near.filter(({ edits }) => edits === fewest).map(({ word }) => word);
}
