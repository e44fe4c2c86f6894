/** A charge as the provider records it. */
export interface SandboxCharge {
  readonly payment: string;
  readonly amount: number;
  readonly status: 'authorized' | 'captured' | 'voided';
  readonly refunded: number;
}

/** A fault that the provider injects into the next `count` calls. */
export interface SandboxFault {
  readonly operation: 'authorize' | 'capture' | 'refund' | 'any';
  readonly mode: 'hold' | 'error' | 'error_after' | 'delay';
  readonly delayMs?: number;
  readonly count: number;
}

const TIMEOUT_MS = 10_000;

/** The provider's own record, which nothing of ours can write. */
export async function sandboxCharges(providerUrl: string): Promise<readonly SandboxCharge[]> {
  return (await ask(providerUrl, 'GET', 'charges')) as SandboxCharge[];
}

export async function addFault(providerUrl: string, fault: SandboxFault): Promise<void> {
  await ask(providerUrl, 'POST', 'faults', fault);
}

/** Removes every fault and lets go what is held. */
export async function clearFaults(providerUrl: string): Promise<void> {
  await ask(providerUrl, 'DELETE', 'faults');
}

async function ask(providerUrl: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${providerUrl}/sandbox/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`The sandbox answered ${method} ${path} with ${answer.status}.`);
  return answer.json();
}
