import fc from 'fast-check';
import type { Config } from '../../../platform/config/index.js';
import { ProviderCallError, ProviderCalls, gapAfterMs, type CallFailure } from './provider-calls.js';

const HALF_OPEN_AFTER_MS = 5_000;
/** More than the breaker's floor of calls in its window. */
const CALLS_TO_OPEN = 30;
/** Less than that floor, and enough to use up all that may be tried again. */
const CALLS_TOO_FEW_TO_OPEN = 15;
/** As many as may be under way together; what they may try again is there from the start. */
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
    Array.from({ length: CALLS_TO_OPEN }, () => calls.run(failWith('silent'), classify, soon())),
  );
}

describe('ProviderCalls', () => {
  describe('attempts', () => {
    it('asks three times at most when the provider answers that it failed', async () => {
      await expect(makeCalls().run(failWith('answered'), classify, soon())).rejects.toMatchObject({
        failures: ['answered', 'answered', 'answered'],
        wasNeverSent: false,
        isSilent: false,
      });
    });

    it('pauses longer after each attempt, and never the same for all', () => {
      fc.assert(
        fc.property(
          fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          (first, second) => expect(gapAfterMs(2, second)).toBeGreaterThan(gapAfterMs(1, first)),
        ),
      );
      expect(gapAfterMs(1, 0)).not.toBe(gapAfterMs(1, 0.5));
    });

    it('tries few of many again when all fail together: a provider in trouble gets air', async () => {
      let asked = 0;
      const call = (): Promise<never> => {
        asked++;
        return Promise.reject(new Faulty('answered'));
      };
      const calls = makeCalls();
      await Promise.allSettled(Array.from({ length: CALLS_AT_ONCE }, () => calls.run(call, classify, soon())));
      expect(asked).toBeGreaterThan(CALLS_AT_ONCE);
      expect(asked).toBeLessThanOrEqual(CALLS_AT_ONCE + RETRIES_MAX);
    });

    it('tries a lone failure again once calls have gone well for a while, whatever was used up before', async () => {
      const calls = makeCalls();
      await Promise.allSettled(
        Array.from({ length: CALLS_TOO_FEW_TO_OPEN }, () => calls.run(failWith('answered'), classify, soon())),
      );
      await expect(calls.run(failWith('answered'), classify, soon())).rejects.toMatchObject({ failures: ['answered'] });
      for (let n = 0; n < 5 * RETRIES_MAX; n++) await calls.run(() => Promise.resolve(), classify, soon());
      await expect(calls.run(failWith('answered'), classify, soon())).rejects.toMatchObject({
        failures: ['answered', 'answered', 'answered'],
      });
    });

    it('gives the answer of the attempt that succeeds', async () => {
      let asked = 0;
      const call = (): Promise<string> =>
        ++asked < 3 ? Promise.reject(new Faulty('answered')) : Promise.resolve('yes');
      await expect(makeCalls().run(call, classify, soon())).resolves.toBe('yes');
    });

    it('does not ask a silent provider again', async () => {
      let asked = 0;
      const call = (): Promise<never> => {
        asked++;
        return Promise.reject(new Faulty('silent'));
      };
      await expect(makeCalls().run(call, classify, soon())).rejects.toMatchObject({
        isSilent: true,
        wasNeverSent: false,
      });
      expect(asked).toBe(1);
    });

    it('says that nothing was sent when every attempt was refused at the door', async () => {
      await expect(makeCalls().run(failWith('not-sent'), classify, soon())).rejects.toMatchObject({
        wasNeverSent: true,
      });
    });

    it('asks nobody when the time is over', async () => {
      let asked = 0;
      const error: unknown = await makeCalls()
        .run(() => Promise.resolve(asked++), classify, Date.now())
        .catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(ProviderCallError);
      expect(error).toMatchObject({ wasNeverSent: true });
      expect(asked).toBe(0);
    });

    it('passes an answer that is no failure on at once', async () => {
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

    it('opens when most calls fail, and then asks nobody', async () => {
      const calls = makeCalls();
      await openBreaker(calls);
      expect(calls.isOpen()).toBe(true);
      let asked = 0;
      await expect(calls.run(() => Promise.resolve(asked++), classify, soon())).rejects.toMatchObject({
        wasNeverSent: true,
      });
      expect(asked).toBe(0);
    });

    it('lets somebody try again after its pause, though nobody has called meanwhile', async () => {
      const calls = makeCalls();
      await openBreaker(calls);
      passTime(HALF_OPEN_AFTER_MS + 1);
      expect(calls.isOpen()).toBe(false);
      await expect(calls.run(() => Promise.resolve('back'), classify, soon())).resolves.toBe('back');
      expect(calls.isOpen()).toBe(false);
    });

    it('pauses anew when the try fails too, and lets nobody else reserve while it lasts', async () => {
      const calls = makeCalls();
      await openBreaker(calls);
      passTime(HALF_OPEN_AFTER_MS + 1);
      let fail: (error: Error) => void = () => undefined;
      const probe = calls.run(() => new Promise<never>((_, reject) => (fail = reject)), classify, soon());
      expect(calls.isOpen()).toBe(true);
      fail(new Faulty('silent'));
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
