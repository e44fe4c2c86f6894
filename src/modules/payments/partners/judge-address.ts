import ipaddr from 'ipaddr.js';

/** Where webhooks may go: everybody's network in production, ours too while developing. */
export type TargetPolicy = 'public-only' | 'development';

export function policyOf(environment: 'development' | 'production'): TargetPolicy {
  return environment === 'development' ? 'development' : 'public-only';
}

/** Ranges that lead to this machine or its neighbours. */
const OWN_RANGES = ['loopback', 'private', 'uniqueLocal'];
/** Addresses at which clouds answer credentials, beyond the link-local range that nobody may call. */
const METADATA = new Set(['168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254']);

/**
 * Says why an IP address may not be called.
 * @returns undefined when it may be
 */
export function judgeAddress(address: string, policy: TargetPolicy): string | undefined {
  if (!ipaddr.isValid(address)) return 'is no IP address';
  const parsed = ipaddr.parse(address);
  if (METADATA.has(parsed.toString())) return 'is a metadata address';
  const range = parsed.range();
  if (range === 'unicast') return undefined;
  if (policy === 'development' && OWN_RANGES.includes(range)) return undefined;
  return `is not a public address (${range})`;
}
