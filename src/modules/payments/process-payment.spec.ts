import fc from 'fast-check';
import type { Failpoints } from '../../platform/failpoints/index.js';
import type { Idempotency } from '../../platform/idempotency/index.js';
import type { Outbox } from '../../platform/outbox/index.js';
import type { StockReservations } from '../catalog/index.js';
import type { ProviderOutcome, ProviderState } from './domain/next-step.js';
import type { Payment } from './domain/payment.js';
import type { PaymentGateway, RefundOutcome } from './gateway/payment-gateway.js';
import type { Payments } from './persistence/payments.js';
import { ProcessPayment, type Ending } from './process-payment.js';

const payment: Payment = {
  id: 'p',
  accountId: 'a',
  reference: null,
  status: 'processing',
  amountMinor: 100n,
  currency: 'EUR',
  refundedMinor: 0n,
  providerId: null,
  failure: null,
  lines: [],
  createdAt: new Date(0),
  capturedAt: null,
};
const DEADLINE = 0;

/** A provider whose calls succeed, fail, are refused, or have their effect and lose the answer. */
class ScriptedGateway implements PaymentGateway {
  state: ProviderState['kind'] = 'none';
  authorizations = 0;
  captures = 0;

  constructor(
    private readonly script: {
      operation: 'authorize' | 'capture' | 'void' | 'find';
      fate: 'works' | 'loses-answer' | 'no-response' | 'refuses' | 'unreachable';
    }[],
  ) {}

  isAvailable(): boolean {
    return true;
  }

  authorize(): Promise<ProviderOutcome> {
    return this.act('authorize', () => {
      if (this.state === 'none') {
        this.authorizations++;
        this.state = 'authorized';
      }
    });
  }

  capture(): Promise<ProviderOutcome> {
    return this.act('capture', () => {
      if (this.state === 'authorized') {
        this.captures++;
        this.state = 'captured';
      }
    });
  }

  void(): Promise<ProviderOutcome> {
    return this.act('void', () => {
      if (this.state === 'authorized' || this.state === 'blocked') this.state = 'voided';
    });
  }

  refund(): Promise<RefundOutcome> {
    return Promise.resolve({ kind: 'unknown' });
  }

  charges(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  find(): Promise<ProviderState | undefined> {
    const fate = this.next('find');
    return Promise.resolve(fate === 'works' ? this.record() : undefined);
  }

  private act(operation: 'authorize' | 'capture' | 'void', work: () => void): Promise<ProviderOutcome> {
    const fate = this.next(operation);
    if (fate === 'unreachable') return Promise.resolve({ kind: 'unavailable' });
    if (fate === 'refuses') {
      if (operation === 'authorize' && this.state === 'none') this.state = 'declined';
      return Promise.resolve({ kind: 'declined', reason: 'refused' });
    }
    if (fate === 'no-response') return Promise.resolve({ kind: 'unknown' });
    work();
    const record = this.record();
    return Promise.resolve(fate === 'loses-answer' || record.kind === 'none' ? { kind: 'unknown' } : record);
  }

  private next(operation: string): string {
    const [step] = this.script;
    if (step?.operation !== operation) return 'works';
    this.script.shift();
    return step.fate;
  }

  private record(): ProviderState {
    if (this.state === 'none') return { kind: 'none' };
    if (this.state === 'blocked') return { kind: 'blocked', providerId: 'pi', reason: 'authentication_required' };
    return this.state === 'authorized' || this.state === 'captured'
      ? { kind: this.state, providerId: 'pi' }
      : { kind: this.state, reason: 'recorded' };
  }
}

const processing = (gateway: PaymentGateway): ProcessPayment =>
  new ProcessPayment(
    gateway,
    {} as Payments,
    {} as StockReservations,
    {} as Outbox,
    {} as Idempotency,
    { reach: () => undefined } as unknown as Failpoints,
  );
const advance = (
  gateway: PaymentGateway,
  isFirstAttempt = true,
  rest: { isExpired?: boolean; cardToken?: null } = {},
): Promise<Ending> => processing(gateway).advance({ payment, cardToken: 'tok_ok', isFirstAttempt, ...rest }, DEADLINE);

describe('ProcessPayment', () => {
  it('authorizes and captures', async () => {
    await expect(advance(new ScriptedGateway([]))).resolves.toEqual({ kind: 'record', providerId: 'pi' });
  });

  it('abandons the payment when the call is known to have had no effect, on the first attempt only', async () => {
    const unreachable = (): ScriptedGateway => new ScriptedGateway([{ operation: 'authorize', fate: 'unreachable' }]);
    await expect(advance(unreachable())).resolves.toEqual({ kind: 'abandon' });
    await expect(advance(unreachable(), false)).resolves.toEqual({ kind: 'await-recovery' });
  });

  it('never abandons a payment whose money is held', async () => {
    await expect(advance(new ScriptedGateway([{ operation: 'capture', fate: 'unreachable' }]))).resolves.toEqual({
      kind: 'await-recovery',
    });
  });

  it("does not authorize again while the provider's record cannot be read", async () => {
    const gateway = new ScriptedGateway([{ operation: 'find', fate: 'no-response' }]);
    await expect(advance(gateway, false)).resolves.toEqual({ kind: 'await-recovery' });
    expect(gateway.authorizations).toBe(0);
  });

  it('voids the authorization when its capture is refused', async () => {
    const gateway = new ScriptedGateway([{ operation: 'capture', fate: 'refuses' }]);
    await expect(advance(gateway)).resolves.toEqual({ kind: 'fail', reason: 'refused', isProven: true });
    expect(gateway.state).toBe('voided');
  });

  it('does not fail a payment while its money may still be held', async () => {
    const gateway = new ScriptedGateway([
      { operation: 'capture', fate: 'refuses' },
      { operation: 'void', fate: 'no-response' },
    ]);
    await expect(advance(gateway)).resolves.toEqual({ kind: 'await-recovery' });
  });

  it.each([
    ['nothing', 'none', { kind: 'fail', reason: 'expired', isProven: false }],
    ['an authorization', 'authorized', { kind: 'fail', reason: 'expired', isProven: true }],
    ['a capture', 'captured', { kind: 'record', providerId: 'pi' }],
  ] as const)('charges nothing after the payment has expired: the provider has %s', async (_, state, ending) => {
    const gateway = new ScriptedGateway([]);
    gateway.state = state;
    await expect(advance(gateway, false, { isExpired: true })).resolves.toEqual(ending);
    expect([gateway.authorizations, gateway.captures]).toEqual([0, 0]);
    expect(gateway.state).not.toBe('authorized');
  });

  it('voids a payment that waits for a second factor', async () => {
    const gateway = new ScriptedGateway([]);
    gateway.state = 'blocked';
    await expect(advance(gateway)).resolves.toEqual({
      kind: 'fail',
      reason: 'authentication_required',
      isProven: true,
    });
    expect(gateway.state).toBe('voided');
  });

  it('fails without a charge when the card token is lost, and records what the provider has captured', async () => {
    const [empty, authorized] = [new ScriptedGateway([]), new ScriptedGateway([])];
    authorized.state = 'authorized';
    await expect(advance(empty, false, { cardToken: null })).resolves.toEqual({
      kind: 'fail',
      reason: 'card_token_lost',
      isProven: false,
    });
    await expect(advance(authorized, false, { cardToken: null })).resolves.toEqual({
      kind: 'record',
      providerId: 'pi',
    });
  });

  it('ends every payment, charged at most once and as the provider has it, whichever calls fail', async () => {
    const step = fc.record({
      operation: fc.constantFrom('authorize', 'capture', 'void', 'find'),
      fate: fc.constantFrom('works', 'loses-answer', 'no-response', 'refuses', 'unreachable'),
    } as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (script) => {
        const gateway = new ScriptedGateway([...script]);
        let ending = await advance(gateway);
        // Each attempt uses up one step of the script at least, or ends: the bound is its length.
        for (let attempts = 0; ending.kind === 'await-recovery' && attempts <= script.length; attempts++)
          ending = await advance(gateway, false);
        expect(gateway.authorizations).toBeLessThanOrEqual(1);
        expect(gateway.captures).toBe(ending.kind === 'record' ? 1 : 0);
        expect(gateway.state).not.toBe('authorized');
        expect(ending.kind).not.toBe('await-recovery');
      }),
      { numRuns: 2_000 },
    );
  });
});
