import type { Faults } from './faults.js';
import type { Charge, ProviderRecord } from './provider-record.js';
import type { Answer } from './stripe-shapes.js';
import type { Webhooks } from './webhooks.js';

interface State {
  record: ProviderRecord;
  faults: Faults;
  webhooks: Webhooks;
}

/** The sandbox's own surface: its record to look at, and faults to set. */
export function answerControl(method: string, url: URL, body: string, state: State): Answer {
  const route = `${method} ${url.pathname}`;
  if (route === 'GET /sandbox/health') return { status: 200, body: { status: 'up' } };
  if (route === 'GET /sandbox/charges') return { status: 200, body: charges(url, state.record) };
  if (route === 'GET /sandbox/calls') return { status: 200, body: calls(url, state.record) };
  if (route === 'GET /sandbox/faults') return { status: 200, body: state.faults.list() };
  if (route === 'DELETE /sandbox/faults') return { status: 200, body: { released: state.faults.clear() } };
  if (route === 'POST /sandbox/faults')
    return change(body, (demand) => ({ status: 201, body: state.faults.add(demand) }));
  if (route === 'PUT /sandbox/webhook') return change(body, (demand) => setWebhook(demand, state.webhooks));
  return { status: 404, body: { error: `There is no ${route}.` } };
}

function charges(url: URL, record: ProviderRecord): unknown[] {
  const payment = url.searchParams.get('payment');
  const found = payment === null ? [...record.charges.values()] : record.chargesOf(payment);
  return found.filter((charge) => charge.status !== 'declined' && charge.status !== 'blocked').map(toView);
}

function toView(charge: Charge): Record<string, unknown> {
  const { id, payment, amount, status, refunded } = charge;
  return { id, payment, amount, currency: charge.currency.toUpperCase(), status, refunded };
}

function calls(url: URL, record: ProviderRecord): unknown[] {
  const payment = url.searchParams.get('payment');
  const operation = url.searchParams.get('operation');
  return record.calls.filter(
    (call) => (payment === null || call.payment === payment) && (operation === null || call.operation === operation),
  );
}

function setWebhook(demand: Record<string, unknown>, webhooks: Webhooks): Answer {
  const { url } = demand;
  if (url !== null && (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)))
    throw new RangeError('url wants an http or https URL, or null.');
  webhooks.url = url ?? undefined;
  return { status: 200, body: { url } };
}

function change(body: string, apply: (demand: Record<string, unknown>) => Answer): Answer {
  try {
    const demand: unknown = JSON.parse(body);
    if (typeof demand !== 'object' || demand === null || Array.isArray(demand))
      throw new RangeError('The body wants a JSON object.');
    return apply(demand as Record<string, unknown>);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError)
      return { status: 400, body: { error: error.message } };
    throw error;
  }
}
