import { Resolver } from 'node:dns/promises';
import { judgeAddress, type TargetPolicy } from './judge-address.js';
import type { Target } from './judge-target.js';

/** An address that was found good, and what it is. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds every address of a name; none when it has none. */
export type ResolveName = (name: string) => Promise<CheckedAddress[]>;

/** A target whose name leads where nothing may be sent. */
export class TargetRefusedError extends Error {
  override readonly name = 'TargetRefusedError';
}

const QUERY_TIMEOUT_MS = 1_500;
const QUERY_TRIES = 2;
/** However many name servers there are to try. */
const RESOLVE_MAX_MS = 4_000;

/**
 * Asks the name servers. Not `lookup`: that blocks a thread of the small pool that hashing and files share, for as
 * long as a name server is silent, and it cannot be given up.
 * @param servers instead of those of the machine
 */
export async function resolveName(name: string, servers?: readonly string[]): Promise<CheckedAddress[]> {
  if (/(^|\.)localhost\.?$/.test(name))
    return [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (servers) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), RESOLVE_MAX_MS);
  const [v4, v6] = await Promise.all([resolver.resolve4(name).catch(none), resolver.resolve6(name).catch(none)]);
  clearTimeout(timer);
  return [
    ...v4.map((address) => ({ address, family: 4 as const })),
    ...v6.map((address) => ({ address, family: 6 as const })),
  ];
}

/**
 * The addresses at which a target may be dialled. One bad address among them spoils the name: who answers one of ours
 * beside one of theirs is trying something.
 * @returns none when the name has no address
 * @throws TargetRefusedError
 */
export async function checkedAddresses(
  { host, isAddress }: Target,
  policy: TargetPolicy,
  resolve: ResolveName = resolveName,
): Promise<CheckedAddress[]> {
  const found: CheckedAddress[] = isAddress
    ? [{ address: host, family: host.includes(':') ? 6 : 4 }]
    : await resolve(host);
  for (const { address } of found) {
    const refusal = judgeAddress(address, policy);
    if (refusal) throw new TargetRefusedError(`Its host leads to an address that ${refusal}.`);
  }
  return found;
}

/** A kind of address that a name does not have, or that nobody told in time, is not dialled. */
function none(): string[] {
  return [];
}
