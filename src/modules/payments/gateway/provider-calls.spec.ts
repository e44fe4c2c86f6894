import fc from 'fast-check';
import type { Config } from '../../../platform/config/index.js';
import { ProviderCallError, ProviderCalls, gapAfterMs } from './provider-calls.js';
import type { CallFailure } from './provider-outcomes.js';

const HALF_OPEN_AFTER_MS = 5_000;
/** More than the breaker's floor of calls in its window. */
const CALLS_TO_OPEN = 30;
/** Less than that floor, and enough to use up the retry budget. */
const CALLS_TOO_FEW_TO_OPEN = 15;
/** As many as may run at a time; the retry budget is full at the start. */
const CALLS_AT_ONCE = 64;
const RETRIES_MAX = 20;

class Faulty extends Error {
  constructor(readonly failure: CallFailure) {
    super(failure);
  }
}
const classify = (error: unknown): CallFailure | undefined => (error instanceof Faulty ? error.failure : undefined);
const failWith = (failure: CallFailure) => (): Promise<never> => Promise.reject(new Faulty(failure));
const soon = (): number => Date.now() + 9_000;
const makeCalls = (): ProviderCalls => new ProviderCalls({ payments: { providerTimeoutMs: 5_000 } } as Config);

async function openBreaker(calls: ProviderCalls): Promise<void> {
  await Promise.allSettled(
    Array.from({ length: CALLS_TO_OPEN }, () => calls.run(failWith('no-response'), classify, soon())),
  );
}

describe('ProviderCalls', () => {
  describe('attempts', () => {
    it('makes three attempts at most when the provider answers with an error', async () => {
      await expect(makeCalls().run(failWith('error-response'), classify, soon())).rejects.toMatchObject({
        failures: ['error-response', 'error-response', 'error-response'],
        hadNoEffect: false,
        hasNoResponse: false,
      });
    });

    it('pauses longer after each attempt, with jitter', () => {
      fc.assert(
        fc.property(
          fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          (first, second) => expect(gapAfterMs(2, second)).toBeGreaterThan(gapAfterMs(1, first)),
        ),
      );
      expect(gapAfterMs(1, 0)).not.toBe(gapAfterMs(1, 0.5));
    });

    it('retries few of many calls that fail together, within the budget', async () => {
      let asked = 0;
      const call = (): Promise<never> => {
        asked++;
        return Promise.reject(new Faulty('error-response'));
      };
      const calls = makeCalls();
      await Promise.allSettled(Array.from({ length: CALLS_AT_ONCE }, () => calls.run(call, classify, soon())));
      expect(asked).toBeGreaterThan(CALLS_AT_ONCE);
      expect(asked).toBeLessThanOrEqual(CALLS_AT_ONCE + RETRIES_MAX);
    });

    it('retries a lone failure again once successful calls have refilled the budget', async () => {
      const calls = makeCalls();
      await Promise.allSettled(
        Array.from({ length: CALLS_TOO_FEW_TO_OPEN }, () => calls.run(failWith('error-response'), classify, soon())),
      );
      await expect(calls.run(failWith('error-response'), classify, soon())).rejects.toMatchObject({
        failures: ['error-response'],
      });
      for (let n = 0; n < 5 * RETRIES_MAX; n++) await calls.run(() => Promise.resolve(), classify, soon());
      await expect(calls.run(failWith('error-response'), classify, soon())).rejects.toMatchObject({
        failures: ['error-response', 'error-response', 'error-response'],
      });
    });

    it('returns the result of the attempt that succeeds', async () => {
      let asked = 0;
      const call = (): Promise<string> =>
        ++asked < 3 ? Promise.reject(new Faulty('error-response')) : Promise.resolve('yes');
      await expect(makeCalls().run(call, classify, soon())).resolves.toBe('yes');
    });

    it('makes no second attempt after one without a response', async () => {
      let asked = 0;
      const call = (): Promise<never> => {
        asked++;
        return Promise.reject(new Faulty('no-response'));
      };
      await expect(makeCalls().run(call, classify, soon())).rejects.toMatchObject({
        hasNoResponse: true,
        hadNoEffect: false,
      });
      expect(asked).toBe(1);
    });

    it('reports that nothing was sent when every attempt was refused', async () => {
      await expect(makeCalls().run(failWith('no-effect'), classify, soon())).rejects.toMatchObject({
        hadNoEffect: true,
      });
    });

    it('makes no attempt after the deadline', async () => {
      let asked = 0;
      const error: unknown = await makeCalls()
        .run(() => Promise.resolve(asked++), classify, Date.now())
        .catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(ProviderCallError);
      expect(error).toMatchObject({ hadNoEffect: true });
      expect(asked).toBe(0);
    });

    it('passes an answer that is no failure on without a retry', async () => {
      const decline = new Error('declined');
      await expect(makeCalls().run(() => Promise.reject(decline), classify, soon())).rejects.toBe(decline);
    });
  });

  describe('the breaker', () => {
    afterEach(() => jest.restoreAllMocks());

    const passTime = (ms: number): void => {
      const then = Date.now() + ms;
      jest.spyOn(Date, 'now').mockReturnValue(then);
    };

    it('opens when most calls fail, and then refuses calls', async () => {
      const calls = makeCalls();
      await openBreaker(calls);
      expect(calls.isOpen()).toBe(true);
      let asked = 0;
      await expect(calls.run(() => Promise.resolve(asked++), classify, soon())).rejects.toMatchObject({
        hadNoEffect: true,
      });
      expect(asked).toBe(0);
    });

    it('lets one call through after its pause, also when none was made meanwhile', async () => {
      const calls = makeCalls();
      await openBreaker(calls);
      passTime(HALF_OPEN_AFTER_MS + 1);
      expect(calls.isOpen()).toBe(false);
      await expect(calls.run(() => Promise.resolve('back'), classify, soon())).resolves.toBe('back');
      expect(calls.isOpen()).toBe(false);
    });

    it('pauses again when that call fails, and refuses the others while it runs', async () => {
      const calls = makeCalls();
      await openBreaker(calls);
      passTime(HALF_OPEN_AFTER_MS + 1);
      let fail: (error: Error) => void = () => undefined;
      const probe = calls.run(() => new Promise<never>((_, reject) => (fail = reject)), classify, soon());
      expect(calls.isOpen()).toBe(true);
      fail(new Faulty('no-response'));
      await expect(probe).rejects.toBeInstanceOf(ProviderCallError);
      expect(calls.isOpen()).toBe(true);
    });

    it('does not count declines', async () => {
      const calls = makeCalls();
      await Promise.allSettled(
        Array.from({ length: CALLS_TO_OPEN }, () =>
          calls.run(() => Promise.reject(new Error('declined')), classify, soon()),
        ),
      );
      expect(calls.isOpen()).toBe(false);
    });
  });
});
