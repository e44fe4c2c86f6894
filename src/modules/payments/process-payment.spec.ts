import fc from 'fast-check';
import type { Failpoints } from '../../platform/failpoints/index.js';
import type { Idempotency } from '../../platform/idempotency/index.js';
import type { Outbox } from '../../platform/outbox/index.js';
import type { StockReservations } from '../catalog/index.js';
import type { Payment, ProviderOutcome, ProviderState } from './domain/payment.js';
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

/** A provider that works on what it was asked and then tells the truth, fails, or stays silent. */
class ScriptedGateway implements PaymentGateway {
  state: ProviderState['kind'] = 'none';
  authorizations = 0;
  captures = 0;

  constructor(
    private readonly script: {
      operation: 'authorize' | 'capture' | 'void' | 'find';
      fate: 'works' | 'works-silently' | 'dies' | 'refuses' | 'unreachable';
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
    return Promise.resolve(fate === 'works' ? this.told() : undefined);
  }

  private act(operation: 'authorize' | 'capture' | 'void', work: () => void): Promise<ProviderOutcome> {
    const fate = this.next(operation);
    if (fate === 'unreachable') return Promise.resolve({ kind: 'unavailable' });
    if (fate === 'refuses') {
      if (operation === 'authorize' && this.state === 'none') this.state = 'declined';
      return Promise.resolve({ kind: 'declined', reason: 'refused' });
    }
    if (fate === 'dies') return Promise.resolve({ kind: 'unknown' });
    work();
    const told = this.told();
    return Promise.resolve(fate === 'works-silently' || told.kind === 'none' ? { kind: 'unknown' } : told);
  }

  private next(operation: string): string {
    const [step] = this.script;
    if (step?.operation !== operation) return 'works';
    this.script.shift();
    return step.fate;
  }

  private told(): ProviderState {
    if (this.state === 'none') return { kind: 'none' };
    if (this.state === 'blocked') return { kind: 'blocked', providerId: 'pi', reason: 'authentication_required' };
    return this.state === 'authorized' || this.state === 'captured'
      ? { kind: this.state, providerId: 'pi' }
      : { kind: this.state, reason: 'told' };
  }
}

const settling = (gateway: PaymentGateway): ProcessPayment =>
  new ProcessPayment(
    gateway,
    {} as Payments,
    {} as StockReservations,
    {} as Outbox,
    {} as Idempotency,
    { reach: () => undefined } as unknown as Failpoints,
  );
const settle = (
  gateway: PaymentGateway,
  isFirstAttempt = true,
  rest: { isExpired?: boolean; cardToken?: null } = {},
): Promise<Ending> => settling(gateway).advance({ payment, cardToken: 'tok_ok', isFirstAttempt, ...rest }, DEADLINE);

describe('ProcessPayment', () => {
  it('authorizes and captures', async () => {
    await expect(settle(new ScriptedGateway([]))).resolves.toEqual({ kind: 'record', providerId: 'pi' });
  });

  it('gives up at once when certainly nothing happened, on the first attempt only', async () => {
    const unreachable = (): ScriptedGateway => new ScriptedGateway([{ operation: 'authorize', fate: 'unreachable' }]);
    await expect(settle(unreachable())).resolves.toEqual({ kind: 'abandon' });
    await expect(settle(unreachable(), false)).resolves.toEqual({ kind: 'wait' });
  });

  it('never gives up a payment whose money is held', async () => {
    await expect(settle(new ScriptedGateway([{ operation: 'capture', fate: 'unreachable' }]))).resolves.toEqual({
      kind: 'wait',
    });
  });

  it('does not authorize again while the provider cannot say what it knows', async () => {
    const gateway = new ScriptedGateway([{ operation: 'find', fate: 'dies' }]);
    await expect(settle(gateway, false)).resolves.toEqual({ kind: 'wait' });
    expect(gateway.authorizations).toBe(0);
  });

  it('lets the money go when its capture is refused', async () => {
    const gateway = new ScriptedGateway([{ operation: 'capture', fate: 'refuses' }]);
    await expect(settle(gateway)).resolves.toEqual({ kind: 'fail', reason: 'refused', isProven: true });
    expect(gateway.state).toBe('voided');
  });

  it('does not call a payment failed while its money may still be held', async () => {
    const gateway = new ScriptedGateway([
      { operation: 'capture', fate: 'refuses' },
      { operation: 'void', fate: 'dies' },
    ]);
    await expect(settle(gateway)).resolves.toEqual({ kind: 'wait' });
  });

  it.each([
    ['nothing', 'none', { kind: 'fail', reason: 'expired', isProven: false }],
    ['a hold', 'authorized', { kind: 'fail', reason: 'expired', isProven: true }],
    ['the money', 'captured', { kind: 'record', providerId: 'pi' }],
  ] as const)('takes nothing more once the customer has left: the provider has %s', async (_, state, ending) => {
    const gateway = new ScriptedGateway([]);
    gateway.state = state;
    await expect(settle(gateway, false, { isExpired: true })).resolves.toEqual(ending);
    expect([gateway.authorizations, gateway.captures]).toEqual([0, 0]);
    expect(gateway.state).not.toBe('authorized');
  });

  it('lets go of a payment that waits for what we do not offer', async () => {
    const gateway = new ScriptedGateway([]);
    gateway.state = 'blocked';
    await expect(settle(gateway)).resolves.toEqual({ kind: 'fail', reason: 'authentication_required', isProven: true });
    expect(gateway.state).toBe('voided');
  });

  it('fails without a charge when the card token is lost, and takes what the provider has taken', async () => {
    const [empty, taken] = [new ScriptedGateway([]), new ScriptedGateway([])];
    taken.state = 'authorized';
    await expect(settle(empty, false, { cardToken: null })).resolves.toEqual({
      kind: 'fail',
      reason: 'card_token_lost',
      isProven: false,
    });
    await expect(settle(taken, false, { cardToken: null })).resolves.toEqual({ kind: 'record', providerId: 'pi' });
  });

  it('ends every payment at most once charged and in agreement with the provider, whatever fails on the way', async () => {
    const step = fc.record({
      operation: fc.constantFrom('authorize', 'capture', 'void', 'find'),
      fate: fc.constantFrom('works', 'works-silently', 'dies', 'refuses', 'unreachable'),
    } as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (script) => {
        const gateway = new ScriptedGateway([...script]);
        let ending = await settle(gateway);
        // Each look uses up one step of the script at least, or ends: the bound is its length.
        for (let looks = 0; ending.kind === 'wait' && looks <= script.length; looks++)
          ending = await settle(gateway, false);
        expect(gateway.authorizations).toBeLessThanOrEqual(1);
        expect(gateway.captures).toBe(ending.kind === 'record' ? 1 : 0);
        expect(gateway.state).not.toBe('authorized');
        expect(ending.kind).not.toBe('wait');
      }),
      { numRuns: 2_000 },
    );
  });
});
