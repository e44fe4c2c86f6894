import { createHmac } from 'node:crypto';
import { testServices } from './services.js';

/** Signs an event as the provider does. */
export function signEvent(body: string, secret: string, atSeconds = Math.floor(Date.now() / 1_000)): string {
  return `t=${atSeconds},v1=${createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex')}`;
}

/** Where the provider sends its events from now on; null for nowhere. */
export function sendEventsTo(url: string | null): Promise<unknown> {
  return sandbox('PUT', 'webhook', { url });
}

/** Calls the provider's own API with our key, as another client of the account would. */
export async function askProvider<T>(path: string, form: Record<string, string> = {}): Promise<T> {
  const { paymentProvider, environment } = testServices();
  const answer = await fetch(`${paymentProvider}/v1/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${environment.PAYMENT_PROVIDER_KEY}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export interface SandboxCharge {
  id: string;
  payment: string;
  amount: number;
  currency: string;
  status: 'authorized' | 'captured' | 'voided';
  refunded: number;
}

/** The provider's own record of one payment, or of all. */
export function chargesOf(payment?: string): Promise<SandboxCharge[]> {
  return sandbox('GET', payment ? `charges?payment=${payment}` : 'charges');
}

/** What the provider was asked to do about one payment, or about all. */
export function callsOf(
  payment?: string,
): Promise<{ operation: string; key: string | null; outcome: string; at: string }[]> {
  return sandbox('GET', payment ? `calls?payment=${payment}` : 'calls');
}

export function setFault(fault: {
  operation: 'authorize' | 'capture' | 'refund' | 'any';
  mode: 'hold' | 'error' | 'error_after' | 'delay';
  delayMs?: number;
  count?: number;
}): Promise<unknown> {
  return sandbox('POST', 'faults', fault);
}

/** The faults that have calls left to hit. */
export function faultsLeft(): Promise<unknown[]> {
  return sandbox('GET', 'faults');
}

/** Removes every fault and answers the calls that are held. */
export function clearFaults(): Promise<unknown> {
  return sandbox('DELETE', 'faults');
}

async function sandbox<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${testServices().paymentProvider}/sandbox/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
