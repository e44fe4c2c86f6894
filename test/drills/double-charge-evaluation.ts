import type { Count } from './double-charge-outcome.js';
import type { DoubleChargeRun } from './double-charge-run.js';

/** What of the promise broke, a sentence each; nothing when it held. Only a defended run has promised anything. */
export function brokenChargePromises({ defended, finished, counts }: DoubleChargeRun): string[] {
  if (!defended) return [];
  return [
    ...(finished ? [] : ['Something was still open when the time was over; the promise is that everything ends.']),
    ...counts.flatMap(sentences),
  ];
}

function sentences({
  scenario,
  intents,
  paid,
  refused,
  unanswered,
  chargedTwice,
  paidButNotCharged,
  refusedButCharged,
  leftAuthorized,
  disagreements,
}: Count): string[] {
  const broken: [number, string][] = [
    [chargedTwice, 'customers paid more than once for what they wanted once'],
    [paidButNotCharged, 'customers were answered that they had paid and were not charged'],
    [refusedButCharged, 'customers were refused and were charged'],
    [leftAuthorized, 'charges were left authorized, with the money held for nothing'],
    [disagreements, 'payments differ between the payment row, the ledger and the provider'],
    [unanswered, 'customers never got an answer'],
  ];
  const nothing =
    intents === 0 || paid + refused === 0 ? [`In "${scenario}" no customer was answered, so nothing was tested.`] : [];
  return [
    ...nothing,
    ...broken.filter(([number]) => number > 0).map(([number, what]) => `In "${scenario}" ${number} ${what}.`),
  ];
}
