import type { Count } from './double-charge-outcome.js';
import type { DoubleChargeRun } from './double-charge-run.js';
import { brokenChargePromises } from './double-charge-evaluation.js';

const count = (parts: Partial<Count> = {}): Count => ({
  scenario: 'double taps',
  intents: 10,
  sends: 40,
  paid: 9,
  refused: 1,
  unanswered: 0,
  effects: 9,
  effectsMax: 1,
  chargedTwice: 0,
  paidButNotCharged: 0,
  refusedButCharged: 0,
  leftAuthorized: 0,
  disagreements: 0,
  ...parts,
});
const run = (parts: Partial<Count> = {}, rest: Partial<DoubleChargeRun> = {}): DoubleChargeRun => ({
  defended: true,
  finished: true,
  counts: [count(parts)],
  ...rest,
});

describe('brokenChargePromises', () => {
  it('is content with one charge for each who paid and none for who was refused', () => {
    expect(brokenChargePromises(run())).toEqual([]);
  });

  it.each([
    ['a second charge', run({ chargedTwice: 1, effectsMax: 2 }), /1 customers paid more than once/],
    ['a payment without a charge', run({ paidButNotCharged: 2 }), /2 customers were answered that they had paid/],
    ['a charge for a refused customer', run({ refusedButCharged: 1 }), /refused and were charged/],
    ['money that is held for nothing', run({ leftAuthorized: 1 }), /left authorized/],
    ['records that differ', run({ disagreements: 3 }), /3 payments differ/],
    ['a customer without an answer', run({ unanswered: 1 }), /never got an answer/],
    ['a scenario that tested nothing', run({ paid: 0, refused: 0 }), /nothing was tested/],
    ['work that never ended', run({}, { finished: false }), /still open/],
  ])('names %s', (_, broken, sentence) => {
    const sentences = brokenChargePromises(broken);
    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toMatch(sentence);
  });

  it('expects nothing of a run without the defence', () => {
    expect(brokenChargePromises(run({ chargedTwice: 9, unanswered: 3 }, { defended: false, finished: false }))).toEqual(
      [],
    );
  });
});
