import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';

// Jest brings it along; it is no package of ours.
const { default: Sequencer } = createRequire(createRequire(import.meta.url).resolve('jest'))('@jest/test-sequencer');

/** Suites that take a minute or more, by recoveries and deaths rather than by their length. */
const LONGEST = [
  'partner-webhooks',
  'outbox-deaths',
  'payments-model',
  'payments-recovery-points',
  'promotion',
  'provider-webhooks',
  'connection-budget',
  'pooler-fan-in',
  'payments-recovery',
  'replica-outage',
];

/**
 * The order of the suites, the same on each machine: jest's own goes by the seconds of an earlier run, which a fresh
 * clone has none of, and a long suite that begins last leaves the other workers idle.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.indexOf(basename(path, '.test.ts'));
      return place === -1 ? LONGEST.length : place;
    };
    // Each e2e suite is longer than any other one.
    const isOther = ({ context }) => Number(context.config.displayName?.name !== 'e2e');
    const size = ({ path }) => statSync(path).size;
    return tests.toSorted((a, b) => isOther(a) - isOther(b) || rank(a) - rank(b) || size(b) - size(a));
  }
}
