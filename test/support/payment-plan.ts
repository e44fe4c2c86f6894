import fc from 'fast-check';

/** What a customer does next; `of` picks one of the earlier payments. */
export type CustomerStep =
  | {
      kind: 'pay';
      item: number;
      quantity: number;
      token: string;
      reference: number | null;
      taps: number;
      hangUpAfterMs: number | null;
      expectsPrice: boolean;
    }
  | { kind: 'again'; of: number }
  | { kind: 'reuse'; of: number }
  | { kind: 'refund'; of: number; share: number | null; taps: number }
  | { kind: 'event'; of: number; type: string; copies: number };

/** The next disruption of the system. */
export type Disruption =
  | { kind: 'arm'; point: number }
  | { kind: 'kill'; victim: 'web' | 'worker' }
  | { kind: 'price'; item: number; minor: number }
  | {
      kind: 'provider';
      operation: 'authorize' | 'capture' | 'refund' | 'any';
      mode: 'error' | 'error_after' | 'delay';
      count: number;
      delayMs: number;
    }
  | { kind: 'cut-database' }
  | { kind: 'freeze-redis'; ms: number };

export interface Plan {
  customers: CustomerStep[][];
  disruptions: Disruption[];
}

const TOKENS = [
  'tok_ok',
  'tok_ok',
  'tok_ok',
  'tok_ok',
  'tok_declined',
  'tok_timeout',
  'tok_error_after',
  'tok_pending_refund',
  'tok_authenticate',
  'tok_duplicate_webhook',
];
const EVENT_TYPES = [
  'payment_intent.succeeded',
  'payment_intent.amount_capturable_updated',
  'payment_intent.canceled',
  'charge.refunded',
];

const of = fc.nat({ max: 5 });
const step: fc.Arbitrary<CustomerStep> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      item: fc.nat({ max: 2 }),
      quantity: fc.integer({ min: 1, max: 3 }),
      token: fc.constantFrom(...TOKENS),
      reference: fc.option(fc.nat({ max: 2 })),
      taps: fc.integer({ min: 1, max: 3 }),
      hangUpAfterMs: fc.option(fc.integer({ min: 2, max: 300 })),
      expectsPrice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), of }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reuse' as const), of }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('refund' as const),
      of,
      share: fc.option(fc.integer({ min: 2, max: 4 })),
      taps: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      of,
      type: fc.constantFrom(...EVENT_TYPES),
      copies: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

const disruption: fc.Arbitrary<Disruption> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('arm' as const), point: fc.nat({ max: 1_000 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      victim: fc.constantFrom('web' as const, 'web' as const, 'worker' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('price' as const),
      item: fc.nat({ max: 2 }),
      minor: fc.integer({ min: 100, max: 5_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('provider' as const),
      operation: fc.constantFrom('authorize' as const, 'capture' as const, 'refund' as const, 'any' as const),
      mode: fc.constantFrom('error' as const, 'error_after' as const, 'delay' as const),
      count: fc.integer({ min: 1, max: 3 }),
      delayMs: fc.integer({ min: 50, max: 1_500 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut-database' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('freeze-redis' as const), ms: fc.integer({ min: 200, max: 2_000 }) }),
  },
);

/** The same plan for the same seed; the interleaving is up to the machine. */
export function planOf(seed: number, customers: number, disruptions: number): Plan {
  const plan = fc.record({
    customers: fc.array(fc.array(step, { minLength: 3, maxLength: 7, size: 'max' }), {
      minLength: customers,
      maxLength: customers,
      size: 'max',
    }),
    disruptions: fc.array(disruption, { minLength: disruptions, maxLength: disruptions, size: 'max' }),
  });
  const [drawn] = fc.sample(plan, { seed, numRuns: 1 });
  if (!drawn) throw new Error('No plan was drawn.');
  return drawn;
}
