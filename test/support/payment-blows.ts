import { setTimeout as wait } from 'node:timers/promises';
import { RECOVERY_POINTS } from '../../src/modules/payments/domain/recovery-points.js';
import type { Bulwark } from './bulwark.js';
import type { FailpointFolder } from './failpoints.js';
import { query } from './fresh-start.js';
import type { Blow } from './payment-plan.js';
import { type MoneyBody, type Sold } from './payments.js';
import { setFault } from './provider-sandbox.js';
import { testServices } from './services.js';

/** Prices as they were at any time, so that each payment can be held against one of them. */
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

/** Deals one blow to a running system. */
export async function deal(
  blow: Blow,
  {
    bulwark,
    faults,
    items,
    prices,
  }: { bulwark: Bulwark; faults: FailpointFolder; items: readonly Sold[]; prices: PriceTags },
): Promise<void> {
  if (blow.kind === 'arm') faults.arm(RECOVERY_POINTS[blow.point % RECOVERY_POINTS.length] as string);
  if (blow.kind === 'kill') killOne(blow.victim === 'web' ? bulwark.pids.web[0] : bulwark.pids.worker);
  if (blow.kind === 'price') await prices.change(items[blow.item]?.id ?? '', blow.minor);
  if (blow.kind === 'provider')
    await setFault({
      operation: blow.operation,
      mode: blow.mode,
      count: blow.count,
      ...(blow.mode === 'delay' ? { delayMs: blow.delayMs } : {}),
    });
  if (blow.kind === 'cut-database')
    await query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'bulwark\\_%'`);
  if (blow.kind === 'freeze-redis') await freeze(blow.ms);
}

function killOne(pid: number | null | undefined): void {
  try {
    if (pid) process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has died by an earlier blow a moment ago.
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
