/** A row of the targets: what is measured, how far it should go, and what it must reach. */
export interface Target {
  readonly measure: string;
  readonly target: number;
  readonly floor: number;
  /** Whether more is better. */
  readonly more: boolean;
  readonly unit:
    'ratio' | 'share' | 'per second' | 'statements' | 'loads' | 'requests' | 'MiB' | 'seconds' | 'ms' | 'writes';
}

/** The targets that the project is measured by, as far as it is built. */
export const TARGETS = {
  P1: { measure: 'memory hit of an item, of bare Fastify', target: 0.9, floor: 0.8, more: true, unit: 'ratio' },
  P2: { measure: 'memory hit of the home page, of bare Fastify', target: 0.9, floor: 0.8, more: true, unit: 'ratio' },
  P3: {
    measure: 'edge hit with the firewall behind the cache, of bare nginx',
    target: 0.95,
    floor: 0.9,
    more: true,
    unit: 'ratio',
  },
  'P3 rate': { measure: 'edge hits at the front door', target: 60_000, floor: 30_000, more: true, unit: 'per second' },
  P4: { measure: 'Redis hit, of raw ioredis through Fastify', target: 0.85, floor: 0.7, more: true, unit: 'ratio' },
  P5: {
    measure: 'database miss of an item, of raw node-postgres through Fastify',
    target: 0.7,
    floor: 0.5,
    more: true,
    unit: 'ratio',
  },
  'P5 SQL': { measure: 'statements of a database miss', target: 1, floor: 2, more: false, unit: 'statements' },
  P6: { measure: 'loads on the worst expiry of the hot key', target: 1, floor: 1, more: false, unit: 'loads' },
  'P6 cold': { measure: 'loads of the fully expired hot key', target: 1, floor: 1, more: false, unit: 'loads' },
  'P6 wait': {
    measure: 'callers who waited while something stale existed',
    target: 0,
    floor: 0,
    more: false,
    unit: 'requests',
  },
  P7: { measure: 'catalog reads that reach the database', target: 0.005, floor: 0.01, more: false, unit: 'share' },
  P8: {
    measure: 'gets of the memory layer with its freshness check',
    target: 2_000_000,
    floor: 1_000_000,
    more: true,
    unit: 'per second',
  },
  P9: {
    measure: 'payments, of pgbench with the same durable transactions',
    target: 0.9,
    floor: 0.55,
    more: true,
    unit: 'ratio',
  },
  P10: {
    measure: 'p99 of payments at half of capacity, of the same of pgbench',
    target: 2,
    floor: 4,
    more: false,
    unit: 'ratio',
  },
  P11: {
    measure: 'durable writes that idempotency adds to a payment',
    target: 1,
    floor: 2,
    more: false,
    unit: 'writes',
  },
  'P11 time': { measure: 'what idempotency adds to a payment', target: 1, floor: 2, more: false, unit: 'ms' },
  P12: {
    measure: 'events that the relay hands over, of raw addBulk',
    target: 0.85,
    floor: 0.7,
    more: true,
    unit: 'ratio',
  },
  P16: {
    measure: 'a payment among as many as it has, of one among 10,000',
    target: 1.1,
    floor: 1.25,
    more: false,
    unit: 'ratio',
  },
  P17: { measure: 'memory of a web process at the end of P7', target: 250, floor: 400, more: false, unit: 'MiB' },
  P18: { measure: 'second start of everything to ready', target: 8, floor: 20, more: false, unit: 'seconds' },
  'P18 web': { measure: 'start of a web process to ready', target: 2, floor: 4, more: false, unit: 'seconds' },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;

export interface BenchRow {
  readonly name: TargetName;
  readonly value: number;
  /** The figures that the value is made of, for the report. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

export type TargetResult = 'target met' | 'floor met' | 'missed';

/** Where a value stands. */
export function evaluateTarget(name: TargetName, value: number): TargetResult {
  const { target, floor, more } = TARGETS[name];
  const reaches = (bound: number): boolean => (more ? value >= bound : value <= bound);
  if (reaches(target)) return 'target met';
  return reaches(floor) ? 'floor met' : 'missed';
}
