import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { TargetPolicy } from './judge-address.js';
import { judgeTarget, type Target } from './judge-target.js';
import {
  checkedAddresses,
  resolveName,
  TargetRefusedError,
  type CheckedAddress,
  type ResolveName,
} from './resolve-host.js';

/** What a partner's server said. */
export interface PartnerAnswer {
  readonly statusCode: number;
  readonly retryAfter: string | undefined;
}

/** One request, with the bounds of its sending. */
export interface PartnerRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly policy: TargetPolicy;
  /** For resolving, connecting, sending and the answer together. */
  readonly timeoutMs: number;
  readonly resolve?: ResolveName;
}

/** Nobody reads what partners answer; a polite amount is taken in, so that their servers see a finished request. */
const ANSWER_BYTES_MAX = 65_536;

/**
 * Posts to a partner. The name is resolved once and every address is judged; the connection goes to one of exactly
 * these, so a name that changes its mind in between changes nothing. Redirects are answers, never followed.
 * @throws TargetRefusedError before anything is dialled
 * @throws Error when no whole answer came in time
 */
export async function postToTarget({
  url,
  headers,
  body,
  policy,
  timeoutMs,
  resolve = resolveName,
}: PartnerRequest): Promise<PartnerAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const verdict = judgeTarget(url, policy);
  if ('refusal' in verdict) throw new TargetRefusedError(verdict.refusal);
  const addresses = await checkedAddresses(verdict.target, policy, resolve);
  if (addresses.length === 0) throw Object.assign(new Error('The name could not be resolved.'), { code: 'ENOTFOUND' });
  const answer = await send(verdict.target, addresses, headers, body, signal);
  await takeIn(answer);
  return { statusCode: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] };
}

function send(
  { url, host, isAddress, port }: Target,
  addresses: readonly CheckedAddress[],
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
    // A connection of its own: a pooled one could have been dialled when other addresses were good.
    agent: false,
    lookup: answering(addresses),
    signal,
    ...(url.protocol === 'https:' && !isAddress ? { servername: host } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps(options, resolve) : requestHttp(options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** Answers the addresses that were checked, whatever name servers say by now. */
function answering(addresses: readonly CheckedAddress[]): LookupFunction {
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

/** The status says all: an answer that breaks off, drips or is too long is cut, and counts as given. */
function takeIn(answer: IncomingMessage): Promise<void> {
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
