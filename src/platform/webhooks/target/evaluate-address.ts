import ipaddr from 'ipaddr.js';

/** Where webhooks may be sent: public networks in production, our own too in development. */
export type TargetPolicy = 'public-only' | 'development';

export function policyOf(environment: 'development' | 'production'): TargetPolicy {
  return environment === 'development' ? 'development' : 'public-only';
}

/** Ranges of this machine and its neighbours. */
const OWN_RANGES = ['loopback', 'private', 'uniqueLocal'];
/** Addresses at which clouds serve credentials, beyond the link-local range, which is never allowed. */
const METADATA = new Set(['168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254']);

/**
 * Evaluates an IP address.
 * @returns why it may not be called, as the end of a sentence; undefined when it may be
 */
export function evaluateAddress(address: string, policy: TargetPolicy): string | undefined {
  if (!ipaddr.isValid(address)) return 'is no IP address';
  const parsed = ipaddr.parse(address);
  if (METADATA.has(parsed.toString())) return 'is a metadata address';
  const range = parsed.range();
  if (range === 'unicast') return undefined;
  if (policy === 'development' && OWN_RANGES.includes(range)) return undefined;
  return `is not a public address (${range})`;
}
