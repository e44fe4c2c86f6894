import { HttpProblems } from '../../../platform/problems/index.js';

const DAY_MS = 86_400_000;

/** @throws Problem `validation_failed` for a period of days that ends before it begins, or is longer than `daysMax` */
export function refusePeriod(from: string, to: string, daysMax: number): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (days < 0 || days > daysMax)
    throw HttpProblems.validation_failed('The period is not valid.', {
      errors: [{ pointer: '/to', message: `must be ${daysMax} days or less after \`from\`` }],
    });
}
