import type { OpenAPIObject } from '@nestjs/swagger';

/** The payment methods of the sandbox, and what each makes of a payment. */
export const SANDBOX_TOKENS: Readonly<Record<string, string>> = {
  tok_ok: 'is charged; `tok_visa` and `tok_mastercard` too',
  tok_declined: 'is declined: 402 `card_declined`; `tok_chargeDeclined` too',
  tok_authenticate: 'asks the customer, which is not supported yet: 402 `card_declined`, nothing is charged',
  tok_slow: 'is charged after 2 s',
  tok_timeout: 'is charged, and the provider never answers: 202, and captured later',
  tok_error: 'is not charged: the provider answers 500 before it does anything',
  tok_error_after: 'is charged, and the provider answers 500 once: the next attempt finds the charge',
  tok_duplicate_webhook: 'is charged, and the provider sends its event twice',
  tok_pending_refund: 'is charged; a refund of it stays pending at the provider for a while',
};

/** What the sandbox does on demand. */
export const SANDBOX_CONTROLS: Readonly<Record<string, string>> = {
  'GET /sandbox/health': 'whether it is up',
  'GET /sandbox/charges?payment=ID': 'its charges: `[{ id, payment, amount, currency, status, refunded }]`',
  'GET /sandbox/calls?payment=ID&operation=NAME': 'every call with operation, key, payment, time and outcome',
  'GET /sandbox/faults': 'the faults that are set',
  'POST /sandbox/faults': 'sets a fault: `{ operation, mode, delayMs?, count? }`',
  'DELETE /sandbox/faults': 'removes every fault, and answers the calls that are held',
  'PUT /sandbox/webhook': '`{ url }`: where it sends its events; null for nowhere',
};

/** What a fault can do to a call. */
export const SANDBOX_FAULTS: Readonly<Record<string, string>> = {
  hold: 'keeps the call waiting until the faults are removed',
  error: 'answers 500 and does nothing',
  error_after: 'does it, then answers 500',
  delay: 'waits `delayMs` first',
};

const TAG = 'payments';

/** Puts the sandbox, which stands in for the payment provider in development, into the OpenAPI document. */
export function describeSandbox(document: OpenAPIObject): void {
  const description = [
    'In development a sandbox stands in for the payment provider: `npm run up` starts it and prints its address. ' +
      'These payment methods make it do on purpose what a provider does by accident:',
    table(['paymentMethod', 'the payment'], SANDBOX_TOKENS),
    'Its own address, without a key, shows what it did and takes faults on demand:',
    table(['request', 'answer'], SANDBOX_CONTROLS),
    'A fault hits the next calls of its `operation` (`authorize`, `capture`, `refund`, `any`), `count` of them or all:',
    table(['mode', 'the call'], SANDBOX_FAULTS),
  ].join('\n\n');
  document.tags = [...(document.tags ?? []), { name: TAG, description }];
}

function table(head: readonly string[], rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  return [`| ${head.join(' | ')} |`, '| --- | --- |', ...lines].join('\n');
}
