import { newId, type Charge, type JournalRecord, type ProviderRecord, type Refund } from './provider-record.js';
import {
  invalidRequest,
  isPending,
  noSuch,
  providerError,
  REFUND_PENDING_MS,
  toList,
  toPaymentIntent,
  toRefund,
  type Answer,
} from './stripe-shapes.js';

/** A request in the provider's terms. */
export interface Operation {
  name: 'authorize' | 'capture' | 'void' | 'refund' | 'retrieve' | 'search';
  /** Works the request out against the record; nothing is changed by it. */
  run: (record: ProviderRecord) => Outcome;
  payment: string | null;
  token: string | null;
}

/** What a request comes to: its answer, what has to be recorded, and the event to send. */
export interface Outcome extends Answer {
  records: JournalRecord[];
  event?: { type: string; object: Record<string, unknown>; afterMs?: number };
}

/** The tokens that are charged; {@link DECLINED_TOKENS} are not. */
export const GOOD_TOKENS = new Set([
  'tok_ok',
  'tok_visa',
  'tok_mastercard',
  'tok_slow',
  'tok_timeout',
  'tok_error',
  'tok_error_after',
  'tok_duplicate_webhook',
  'tok_authenticate',
  'tok_pending_refund',
]);
export const DECLINED_TOKENS = new Set(['tok_declined', 'tok_chargeDeclined']);
const LIST_MAX = 100;
const refuse = (answer: Answer): Outcome => ({ ...answer, records: [] });

/**
 * Finds the operation of a request; undefined for one that the sandbox does not support.
 * @param form the fields of the body or the query, as the API's clients encode them
 */
export function operationOf(
  method: string,
  path: string,
  form: URLSearchParams,
  record: ProviderRecord,
): Operation | undefined {
  const [, , resource, id, action] = path.split('/');
  const metadata = metadataOf(form);
  if (resource === 'payment_intents') {
    if (method === 'POST' && !id)
      return {
        name: 'authorize',
        payment: metadata.payment ?? null,
        token: form.get('payment_method_data[card][token]') ?? form.get('payment_method'),
        run: () => authorize(form, metadata),
      };
    if (method === 'GET' && (!id || id === 'search'))
      return { name: 'search', payment: null, token: null, run: (known) => search(path, form, known) };
    const charge = record.charges.get(id ?? '');
    const base = { payment: charge?.payment ?? null, token: null };
    if (method === 'GET')
      return {
        ...base,
        name: 'retrieve',
        run: () =>
          charge
            ? { status: 200, body: toPaymentIntent(charge), records: [] }
            : refuse(noSuch('payment_intent', id ?? '')),
      };
    if (action === 'capture') return { ...base, name: 'capture', run: (known) => capture(id ?? '', form, known) };
    if (action === 'cancel') return { ...base, name: 'void', run: (known) => cancel(id ?? '', known) };
  }
  if (resource === 'refunds') {
    const charge = record.charges.get(form.get('payment_intent') ?? '');
    if (method === 'POST' && !id)
      return {
        name: 'refund',
        payment: charge?.payment ?? null,
        token: null,
        run: (known) => refund(form, metadata, known),
      };
    if (method === 'GET' && !id)
      return { name: 'retrieve', payment: charge?.payment ?? null, token: null, run: (known) => refunds(form, known) };
    if (method === 'GET')
      return { name: 'retrieve', payment: null, token: null, run: (known) => oneRefund(id ?? '', known) };
  }
  return undefined;
}

function authorize(form: URLSearchParams, metadata: Record<string, string>): Outcome {
  const amount = amountOf(form.get('amount'));
  const currency = form.get('currency') ?? '';
  const token = form.get('payment_method_data[card][token]') ?? form.get('payment_method') ?? '';
  if (amount === undefined)
    return refuse(invalidRequest('Invalid positive integer: amount', 'parameter_invalid_integer'));
  if (!/^[a-z]{3}$/i.test(currency)) return refuse(invalidRequest(`Invalid currency: ${currency}`));
  if (form.get('capture_method') !== 'manual' || form.get('confirm') !== 'true')
    return refuse(invalidRequest('The sandbox supports confirmed intents with manual capture only.'));
  const declined = DECLINED_TOKENS.has(token);
  if (!declined && !GOOD_TOKENS.has(token)) return refuse(noSuch('token', token.slice(0, 80)));
  const charge: Charge = {
    id: newId('pi'),
    payment: metadata.payment ?? '',
    account: metadata.account ?? '',
    amount,
    currency: currency.toLowerCase(),
    status: declined ? 'declined' : token === 'tok_authenticate' ? 'blocked' : 'authorized',
    refunded: 0,
    token,
    metadata,
    createdAt: Date.now(),
  };
  const intent = toPaymentIntent(charge);
  const records: JournalRecord[] = [{ charge }];
  if (!declined)
    return {
      status: 200,
      body: intent,
      records,
      event: {
        type:
          charge.status === 'blocked' ? 'payment_intent.requires_action' : 'payment_intent.amount_capturable_updated',
        object: intent,
      },
    };
  const error = {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
    payment_intent: intent,
  };
  return { ...providerError(402, error), records, event: { type: 'payment_intent.payment_failed', object: intent } };
}

function capture(id: string, form: URLSearchParams, record: ProviderRecord): Outcome {
  const charge = record.charges.get(id);
  if (!charge) return refuse(noSuch('payment_intent', id));
  if (charge.status !== 'authorized') return refuse(unexpectedState(charge, 'captured'));
  const wanted = form.get('amount_to_capture');
  if (wanted !== null && amountOf(wanted) !== charge.amount)
    return refuse(invalidRequest('The sandbox captures the whole amount.'));
  return changed(charge, { status: 'captured' }, 'payment_intent.succeeded');
}

function cancel(id: string, record: ProviderRecord): Outcome {
  const charge = record.charges.get(id);
  if (!charge) return refuse(noSuch('payment_intent', id));
  if (charge.status !== 'authorized' && charge.status !== 'blocked') return refuse(unexpectedState(charge, 'canceled'));
  return changed(charge, { status: 'voided' }, 'payment_intent.canceled');
}

function changed(charge: Charge, change: Partial<Charge>, type: string): Outcome {
  const next = { ...charge, ...change };
  const intent = toPaymentIntent(next);
  return { status: 200, body: intent, records: [{ charge: next }], event: { type, object: intent } };
}

function refund(form: URLSearchParams, metadata: Record<string, string>, record: ProviderRecord): Outcome {
  const id = form.get('payment_intent') ?? '';
  const charge = record.charges.get(id);
  if (!charge) return refuse(noSuch('payment_intent', id));
  if (charge.status !== 'captured') return refuse(unexpectedState(charge, 'refunded'));
  const left = charge.amount - charge.refunded;
  const amount = form.get('amount') === null ? left : amountOf(form.get('amount'));
  if (left === 0) return refuse(invalidRequest('The charge has already been refunded.', 'charge_already_refunded'));
  if (amount === undefined || amount > left)
    return refuse(invalidRequest(`The refund is greater than the unrefunded amount (${left}).`, 'amount_too_large'));
  const made: Refund = { id: newId('re'), charge: id, amount, metadata, createdAt: Date.now() };
  const next = { ...charge, refunded: charge.refunded + amount };
  const event = isPending(made, next)
    ? { type: 'refund.updated', object: { ...toRefund(made, next), status: 'succeeded' }, afterMs: REFUND_PENDING_MS }
    : { type: 'charge.refunded', object: toRefund(made, next) };
  return { status: 200, body: toRefund(made, next), records: [{ charge: next }, { refund: made }], event };
}

function search(path: string, form: URLSearchParams, record: ProviderRecord): Outcome {
  const payment = /metadata\[['"]payment['"]\]:['"]([^'"]+)['"]/.exec(form.get('query') ?? '')?.[1];
  if (path.endsWith('/search'))
    return {
      status: 200,
      body: toList(
        path,
        (payment ? record.chargesOf(payment) : []).toReversed().map((one) => toPaymentIntent(one)),
      ),
      records: [],
    };
  return list(path, form, record);
}

/** The newest first, page by page, as the API lists what it has. */
function list(path: string, form: URLSearchParams, record: ProviderRecord): Outcome {
  const [from, to] = [
    Number(form.get('created[gte]') ?? 0),
    Number(form.get('created[lt]') ?? Number.MAX_SAFE_INTEGER),
  ];
  const limit = Math.min(LIST_MAX, Number(form.get('limit') ?? 10));
  const found = [...record.charges.values()]
    .filter(({ createdAt }) => Math.floor(createdAt / 1_000) >= from && Math.floor(createdAt / 1_000) < to)
    .toReversed();
  const begin =
    form.get('starting_after') === null ? 0 : found.findIndex(({ id }) => id === form.get('starting_after')) + 1;
  const page = found.slice(begin, begin + limit);
  const isExpanded = [...form.values()].includes('data.latest_charge');
  return {
    status: 200,
    body: toList(
      path,
      page.map((one) => toPaymentIntent(one, isExpanded)),
      begin + limit < found.length,
    ),
    records: [],
  };
}

function refunds(form: URLSearchParams, record: ProviderRecord): Outcome {
  const charge = record.charges.get(form.get('payment_intent') ?? '');
  const data = charge ? record.refundsOf(charge.id).map((one) => toRefund(one, charge)) : [];
  return { status: 200, body: toList('/v1/refunds', data), records: [] };
}

function oneRefund(id: string, record: ProviderRecord): Outcome {
  const found = record.refunds.get(id);
  const charge = record.charges.get(found?.charge ?? '');
  return found && charge ? { status: 200, body: toRefund(found, charge), records: [] } : refuse(noSuch('refund', id));
}

function unexpectedState(charge: Charge, wanted: string): Answer {
  const intent = toPaymentIntent(charge);
  return providerError(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `This PaymentIntent could not be ${wanted} because it has a status of ${String(intent.status)}.`,
    payment_intent: intent,
  });
}

function metadataOf(form: URLSearchParams): Record<string, string> {
  const pairs = [...form].map(
    ([name, value]) => [/^metadata\[(\w{1,40})\]$/.exec(name)?.[1] ?? '', value.slice(0, 500)] as const,
  );
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}

function amountOf(text: string | null): number | undefined {
  const amount = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isSafeInteger(amount) && amount > 0 ? amount : undefined;
}
