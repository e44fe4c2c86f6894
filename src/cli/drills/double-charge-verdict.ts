import type { Count } from './double-charge-books.js';
import type { DoubleChargeRun } from './double-charge-run.js';

/** What of the promise broke, a sentence each; nothing when it held. Only a defended run has promised anything. */
export function brokenChargePromises({ defended, settled, counts }: DoubleChargeRun): string[] {
  if (!defended) return [];
  return [
    ...(settled ? [] : ['Something was still open when the time was over; the promise is that everything ends.']),
    ...counts.flatMap(sentences),
  ];
}

function sentences({
  scenario,
  intents,
  paid,
  refused,
  untold,
  chargedTwice,
  paidButNotCharged,
  refusedButCharged,
  leftAuthorized,
  disagreements,
}: Count): string[] {
  const broken: [number, string][] = [
    [chargedTwice, 'customers paid more than once for what they wanted once'],
    [paidButNotCharged, 'customers were told that they had paid and were not charged'],
    [refusedButCharged, 'customers were told no and were charged'],
    [leftAuthorized, 'charges were left authorized, with the money held for nothing'],
    [disagreements, 'payments differ between the books, the ledger and the provider'],
    [untold, 'customers never got an answer'],
  ];
  const nothing =
    intents === 0 || paid + refused === 0 ? [`In "${scenario}" nobody was answered, so nothing was tested.`] : [];
  return [
    ...nothing,
    ...broken.filter(([number]) => number > 0).map(([number, what]) => `In "${scenario}" ${number} ${what}.`),
  ];
}
