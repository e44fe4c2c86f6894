import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { TargetPolicy } from './evaluate-address.js';
import { evaluateTarget, type Target } from './evaluate-target.js';
import {
  resolveName,
  resolveTarget,
  TargetRefusedError,
  type ResolvedAddress,
  type ResolveName,
} from './resolve-host.js';

/** The answer of a subscriber's server. */
export interface TargetAnswer {
  readonly statusCode: number;
  readonly retryAfter: string | undefined;
}

/** One request with its bounds. */
export interface TargetRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly policy: TargetPolicy;
  /** For resolving, connecting, sending and the answer together. */
  readonly timeoutMs: number;
  readonly resolve?: ResolveName;
}

/** The body of an answer is not used. So much of it is read, so that the server sees a finished request. */
const ANSWER_BYTES_MAX = 65_536;

/**
 * Posts to a subscriber. The name is resolved once and every address is evaluated; the connection goes to one of
 * exactly these, so DNS rebinding has no effect. Redirects are answers, never followed.
 * @throws TargetRefusedError before any connection
 * @throws Error when no answer came in time
 */
export async function postToTarget({
  url,
  headers,
  body,
  policy,
  timeoutMs,
  resolve = resolveName,
}: TargetRequest): Promise<TargetAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const decision = evaluateTarget(url, policy);
  if ('refusal' in decision) throw new TargetRefusedError(decision.refusal);
  const addresses = await resolveTarget(decision.target, policy, resolve);
  if (addresses.length === 0) throw Object.assign(new Error('The name could not be resolved.'), { code: 'ENOTFOUND' });
  const answer = await send(decision.target, addresses, headers, body, signal);
  await drain(answer);
  return { statusCode: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] };
}

function send(
  { url, host, isAddress, port }: Target,
  addresses: readonly ResolvedAddress[],
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const options: RequestOptions & { servername?: string } = {
    method: 'POST',
    host,
    port,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
    // A connection of its own: a pooled one may lead to an address that was evaluated before a change.
    agent: false,
    lookup: lookupOf(addresses),
    signal,
    ...(url.protocol === 'https:' && !isAddress ? { servername: host } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps(options, resolve) : requestHttp(options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** A lookup that returns the evaluated addresses and asks no name server. */
function lookupOf(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all)
      callback(
        null,
        addresses.map(({ address, family }) => ({ address, family })),
      );
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** The status is what counts: a body that breaks off, drips or is too long is cut. */
function drain(answer: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) answer.destroy();
    });
    answer.once('error', () => resolve());
    answer.once('close', resolve);
  });
}
