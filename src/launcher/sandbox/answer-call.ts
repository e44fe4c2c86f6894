import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fault, Faults } from './faults.js';
import type { Journal } from './journal.js';
import { operationOf, type Operation, type Outcome } from './provider-operations.js';
import type { JournalRecord, ProviderRecord } from './provider-record.js';
import { providerError, serverError, type Answer } from './stripe-shapes.js';
import type { Webhooks } from './webhooks.js';

const SLOW_MS = 2_000;

/** One request to the provider's API. */
export interface ApiCall {
  method: string;
  path: string;
  form: URLSearchParams;
  key: string | null;
}

/** What the caller gets; `never` for a connection that stays silent. */
export type Reply = (Answer & { replayed?: boolean }) | 'never';

/**
 * Answers the provider's API: idempotent by key, durable before it answers, and with the faults that were injected.
 */
export class ProviderApi {
  private readonly running = new Set<string>();

  constructor(
    private readonly record: ProviderRecord,
    private readonly journal: Journal<JournalRecord>,
    private readonly faults: Faults,
    private readonly webhooks: Webhooks,
  ) {}

  async answer(call: ApiCall): Promise<Reply> {
    const operation = operationOf(call.method, call.path, call.form, this.record);
    if (!operation)
      return providerError(404, {
        type: 'invalid_request_error',
        message: `Unrecognized request URL (${call.method}: ${call.path}).`,
      });
    const { key } = call;
    const fault = this.faults.hit(operation.name);
    // A parked call has not begun: a retry with its key is worked on meanwhile, and the parked one then repeats its
    // answer.
    if (fault?.mode === 'hold') await this.faults.hold();
    if (key === null || call.method === 'GET') return this.meetFaults(call, operation, fault);
    if (this.running.has(key))
      return this.note(
        call,
        operation,
        'in_progress',
        providerError(409, {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          message: 'There is currently another in-progress request using this idempotency key.',
        }),
      );
    this.running.add(key);
    try {
      return await this.meetFaults(call, operation, fault);
    } finally {
      this.running.delete(key);
    }
  }

  private async meetFaults(call: ApiCall, operation: Operation, fault: Fault | undefined): Promise<Reply> {
    const kept = call.key === null ? undefined : this.record.kept.get(call.key);
    if (kept && kept.fingerprint !== fingerprintOf(call))
      return this.note(
        call,
        operation,
        'key_reused',
        providerError(400, {
          type: 'idempotency_error',
          message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
        }),
      );
    const { token } = operation;
    if (fault?.mode === 'delay') await wait(fault.delayMs);
    if (token === 'tok_slow' && !kept) await wait(SLOW_MS);
    if (fault?.mode === 'error' || token === 'tok_error') return this.note(call, operation, 'error', serverError());
    const reply = kept ? { status: kept.status, body: kept.body, replayed: true } : await this.perform(call, operation);
    if (token === 'tok_timeout') return 'never';
    // Only the call that had the effect: its retry gets the result.
    const failsAfter = (fault?.mode === 'error_after' || token === 'tok_error_after') && !kept;
    return failsAfter ? serverError() : reply;
  }

  private async perform(call: ApiCall, operation: Operation): Promise<Answer> {
    const outcome = operation.run(this.record);
    const records = [
      ...outcome.records,
      ...keep(call, outcome),
      callRecord(call, operation, outcome.status < 400 ? 'ok' : codeOf(outcome)),
    ];
    // Applied before the write is durable, so that a second call in the same turn sees it; answered only after.
    for (const one of records) this.record.apply(one);
    await this.journal.append(...records);
    if (outcome.event) this.webhooks.send(outcome.event, operation.token === 'tok_duplicate_webhook' ? 2 : 1);
    return { status: outcome.status, body: outcome.body };
  }

  private async note(call: ApiCall, operation: Operation, outcome: string, answer: Answer): Promise<Answer> {
    const one = callRecord(call, operation, outcome);
    this.record.apply(one);
    await this.journal.append(one);
    return answer;
  }
}

function keep(call: ApiCall, outcome: Outcome): JournalRecord[] {
  if (call.key === null || call.method === 'GET') return [];
  return [{ kept: { key: call.key, fingerprint: fingerprintOf(call), status: outcome.status, body: outcome.body } }];
}

function callRecord(call: ApiCall, operation: Operation, outcome: string): JournalRecord {
  return {
    call: {
      operation: operation.name,
      key: call.key,
      payment: operation.payment,
      at: new Date().toISOString(),
      outcome,
    },
  };
}

function codeOf(outcome: Answer): string {
  return String((outcome.body as { error?: { code?: string } }).error?.code ?? 'refused');
}

function fingerprintOf(call: ApiCall): string {
  const fields = [...call.form].map(([name, value]) => `${name}=${value}`).toSorted();
  return createHash('sha256')
    .update(`${call.method} ${call.path}\n${fields.join('\n')}`)
    .digest('hex');
}
