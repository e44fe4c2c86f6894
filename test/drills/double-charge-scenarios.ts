import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RECOVERY_POINTS, type RecoveryPoint } from '../../src/modules/payments/index.js';
import { addFault, clearFaults } from '../load/provider-sandbox.js';
import type { ExtraInstance } from '../load/spawn-instance.js';
import { PayingClient, type Manner, type FinalAnswer } from './paying-client.js';

/** One thing that one customer wanted once. */
export interface Intent {
  readonly accountId: string;
  readonly kind: 'payment' | 'refund';
  readonly answer: FinalAnswer;
  readonly sends: number;
}

export interface DrillScene {
  readonly fleet: ExtraInstance;
  readonly paymentProvider: string;
  readonly failpointsDir: string;
  /** All with prices in one currency. */
  readonly itemIds: readonly string[];
  readonly currency: string;
  readonly say: (text: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly play: (scene: DrillScene) => Promise<readonly Intent[]>;
}

const ONE_TAP: Manner = { cardToken: 'tok_ok', taps: 1, abortAfterMs: 0 };
const INTENTS = 30;
const SILENT_INTENTS = 8;
const AT_ONCE = 10;
const TAPS = 4;
const ABORT_AFTER_MS = 250;
const SLOW_PROVIDER_MS = 150;
const KILLS_PER_POINT = 2;
const DEATH_MAX_MS = 30_000;
const RESPAWN_MAX_MS = 90_000;
const POLL_MS = 50;
/** Of the payment, so that a second refund would be possible. */
const REFUNDED_MINOR = 1;

/** Everything that makes shops charge twice. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'double taps', play: (scene) => payMany(scene, INTENTS, { ...ONE_TAP, taps: TAPS }) },
  {
    name: 'client timeouts',
    play: async (scene) => {
      await addFault(scene.paymentProvider, {
        operation: 'authorize',
        mode: 'delay',
        delayMs: SLOW_PROVIDER_MS,
        count: INTENTS,
      });
      return withoutFaults(scene, () => payMany(scene, INTENTS, { ...ONE_TAP, abortAfterMs: ABORT_AFTER_MS }));
    },
  },
  {
    name: 'errors after the charge',
    play: async (scene) => {
      await addFault(scene.paymentProvider, {
        operation: 'authorize',
        mode: 'error_after',
        count: INTENTS / 2,
      });
      await addFault(scene.paymentProvider, {
        operation: 'capture',
        mode: 'error_after',
        count: INTENTS / 2,
      });
      return withoutFaults(scene, () => payMany(scene, INTENTS, ONE_TAP));
    },
  },
  {
    name: 'provider never answers',
    play: (scene) => payMany(scene, SILENT_INTENTS, { ...ONE_TAP, cardToken: 'tok_timeout' }),
  },
  { name: 'kill -9 at every point', play: killAtEveryPoint },
];

async function withoutFaults<T>({ paymentProvider }: DrillScene, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await clearFaults(paymentProvider);
  }
}

async function payMany({ fleet, itemIds }: DrillScene, intents: number, manner: Manner): Promise<Intent[]> {
  const left = Array.from({ length: intents }, (_, n) => n);
  const done: Intent[] = [];
  const shopper = async (): Promise<void> => {
    for (let n = left.shift(); n !== undefined; n = left.shift()) {
      const client = await PayingClient.signUp(fleet.app);
      const { answer } = await client.pay(itemOf(itemIds, n), manner);
      done.push({ accountId: client.accountId, kind: 'payment', answer, sends: client.sends });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, shopper));
  return done;
}

/** One process dies for each kill; the client retries while the next one is being killed. */
async function killAtEveryPoint(scene: DrillScene): Promise<Intent[]> {
  const underway: Promise<Intent>[] = [];
  for (const point of RECOVERY_POINTS) {
    for (let kill = 0; kill < KILLS_PER_POINT; kill += 1) {
      const act = await prepareAct(scene, point, underway.length);
      writeFileSync(join(scene.failpointsDir, point), '');
      underway.push(act());
      await until(() => !existsSync(join(scene.failpointsDir, point)), DEATH_MAX_MS, `Nothing died at ${point}.`);
      await respawned(scene.fleet);
    }
    scene.say(`    ${point}: ${KILLS_PER_POINT} processes killed`);
  }
  return Promise.all(underway);
}

/** Everything that must be there before the process dies; the act is what dies with it. */
async function prepareAct(
  { fleet, itemIds, currency }: DrillScene,
  point: RecoveryPoint,
  n: number,
): Promise<() => Promise<Intent>> {
  const client = await PayingClient.signUp(fleet.app);
  const intent = (kind: Intent['kind'], answer: FinalAnswer): Intent => ({
    accountId: client.accountId,
    kind,
    answer,
    sends: client.sends,
  });
  if (!point.startsWith('refund.'))
    return async () => intent('payment', (await client.pay(itemOf(itemIds, n), ONE_TAP)).answer);
  const { paymentId = '' } = await client.pay(itemOf(itemIds, n), ONE_TAP);
  return async () => intent('refund', (await client.refund(paymentId, REFUNDED_MINOR, currency)).answer);
}

function itemOf(itemIds: readonly string[], n: number): string {
  return itemIds[n % itemIds.length] ?? '';
}

function respawned(fleet: ExtraInstance): Promise<void> {
  return until(
    () =>
      fetch(`${fleet.ops}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    RESPAWN_MAX_MS,
    'The fleet did not come back.',
  );
}

async function until(condition: () => boolean | Promise<boolean>, maxMs: number, otherwise: string): Promise<void> {
  for (const deadline = Date.now() + maxMs; Date.now() < deadline; await delay(POLL_MS)) {
    if (await condition()) return;
  }
  throw new Error(otherwise);
}
