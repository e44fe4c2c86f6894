import ipaddr from 'ipaddr.js';
import { evaluateAddress, type TargetPolicy } from './evaluate-address.js';

/** A URL that may be called once the addresses of its name have been evaluated too. */
export interface Target {
  readonly url: URL;
  /** Lower case, without the brackets of an IPv6 address. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number;
}

/** A target, or the reason why the URL is not allowed. */
export type TargetDecision = { readonly target: Target } | { readonly refusal: string };

/** Printable ASCII but the backslash: parsers disagree about every other character. */
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/;
const AUTHORITY = /^https?:\/\/([^/?#]+)/i;
const PUBLIC_PORTS = [443, 8443];
const UNPRIVILEGED_PORT_MIN = 1_024;

/**
 * Evaluates a webhook's URL as it was written, before any name is resolved. URL parsers turn `2130706433`, `0x7f.1`
 * and full-width digits into 127.0.0.1: a host that they would change is refused, whatever it means.
 */
export function evaluateTarget(text: string, policy: TargetPolicy): TargetDecision {
  if (!PLAIN.test(text)) return { refusal: 'It is not written in plain ASCII without spaces and backslashes.' };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return { refusal: 'It is no URL.' };
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && policy === 'development'))
    return { refusal: policy === 'development' ? 'Its scheme is neither https nor http.' : 'Its scheme is not https.' };
  if (text.includes('#')) return { refusal: 'It has a fragment.' };
  const authority = AUTHORITY.exec(text)?.[1];
  if (authority === undefined || url.username || url.password || authority.includes('@'))
    return { refusal: 'It has credentials, or its host cannot be read.' };
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!isAllowedPort(port, policy)) return { refusal: `Its port ${port} is not one for webhooks.` };
  return evaluateHost(url, authority.replace(/:\d*$/, '').toLowerCase(), port, policy);
}

function evaluateHost(url: URL, written: string, port: number, policy: TargetPolicy): TargetDecision {
  const isV6 = written.startsWith('[') && written.endsWith(']');
  const host = isV6 ? written.slice(1, -1) : written;
  // An IPv6 address has several valid spellings; each is evaluated as the address that it means.
  if (!isV6 && url.hostname !== written)
    return { refusal: `Its host is written in a form that means something else (${url.hostname}).` };
  const isAddress = isV6 || ipaddr.IPv4.isValid(host);
  const refusal = isAddress ? evaluateAddress(host, policy) : undefined;
  return refusal ? { refusal: `Its host ${refusal}.` } : { target: { url, host, isAddress, port } };
}

function isAllowedPort(port: number, policy: TargetPolicy): boolean {
  if (policy === 'public-only') return PUBLIC_PORTS.includes(port);
  return port === 80 || port === 443 || port >= UNPRIVILEGED_PORT_MIN;
}
