import { setTimeout as wait } from 'node:timers/promises';
import { RECOVERY_POINTS } from '../../src/modules/payments/domain/recovery-points.js';
import type { Bulwark } from './bulwark.js';
import type { FailpointFolder } from './failpoints.js';
import { query } from './fresh-start.js';
import type { Disruption } from './payment-plan.js';
import { type MoneyBody, type Sold } from './payments.js';
import { setFault } from './provider-sandbox.js';
import { testServices } from './services.js';

/** Prices as they were at any time, to compare each payment with. */
export class PriceTags {
  private readonly all = new Map<string, MoneyBody[]>();

  constructor(items: readonly Sold[]) {
    for (const { id, price } of items) this.all.set(id, [price]);
  }

  now(itemId: string): MoneyBody {
    return this.all.get(itemId)?.at(-1) as MoneyBody;
  }

  has(itemId: string, amount: number): boolean {
    return this.all.get(itemId)?.some((price) => price.amount === amount) ?? false;
  }

  async change(itemId: string, amount: number): Promise<void> {
    this.all.get(itemId)?.push({ ...this.now(itemId), amount });
    await query('UPDATE catalog.items SET price_minor = $2 WHERE id = $1', [itemId, amount]);
  }
}

/** Disrupts a running system once. */
export async function disrupt(
  disruption: Disruption,
  {
    bulwark,
    failpoints,
    items,
    prices,
  }: { bulwark: Bulwark; failpoints: FailpointFolder; items: readonly Sold[]; prices: PriceTags },
): Promise<void> {
  if (disruption.kind === 'arm') failpoints.arm(RECOVERY_POINTS[disruption.point % RECOVERY_POINTS.length] as string);
  if (disruption.kind === 'kill') killOne(disruption.victim === 'web' ? bulwark.pids.web[0] : bulwark.pids.worker);
  if (disruption.kind === 'price') await prices.change(items[disruption.item]?.id ?? '', disruption.minor);
  if (disruption.kind === 'provider')
    await setFault({
      operation: disruption.operation,
      mode: disruption.mode,
      count: disruption.count,
      ...(disruption.mode === 'delay' ? { delayMs: disruption.delayMs } : {}),
    });
  if (disruption.kind === 'cut-database')
    await query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'bulwark\\_%'`);
  if (disruption.kind === 'freeze-redis') await freeze(disruption.ms);
}

function killOne(pid: number | null | undefined): void {
  try {
    if (pid) process.kill(pid, 'SIGKILL');
  } catch (error) {
    // An earlier disruption has just killed it.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function freeze(ms: number): Promise<void> {
  const pid = testServices().pids.redis as number;
  process.kill(pid, 'SIGSTOP');
  try {
    await wait(ms);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
