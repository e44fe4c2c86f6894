import { Resolver } from 'node:dns/promises';
import { evaluateAddress, type TargetPolicy } from './evaluate-address.js';
import type { Target } from './evaluate-target.js';

/** An address that a name resolves to. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds every address of a name; an empty list when it has none. */
export type ResolveName = (name: string) => Promise<ResolvedAddress[]>;

/** A URL that is not allowed, or whose name resolves to an address that is not. */
export class TargetRefusedError extends Error {
  override readonly name = 'TargetRefusedError';
}

const QUERY_TIMEOUT_MS = 1_500;
const QUERY_TRIES = 2;
/** For all name servers together. */
const RESOLVE_MAX_MS = 4_000;

/**
 * Asks the name servers. Not `lookup`: it blocks a thread of the small pool that hashing and files share for as long
 * as a name server does not answer, and cannot be cancelled.
 * @param servers instead of those of the machine
 */
export async function resolveName(name: string, servers?: readonly string[]): Promise<ResolvedAddress[]> {
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
 * The addresses at which a target may be called. One address that is not allowed refuses the name: an answer that mixes
 * one of ours with public ones is an attack.
 * @returns an empty list when the name has no address
 * @throws TargetRefusedError
 */
export async function resolveTarget(
  { host, isAddress }: Target,
  policy: TargetPolicy,
  resolve: ResolveName = resolveName,
): Promise<ResolvedAddress[]> {
  const found: ResolvedAddress[] = isAddress
    ? [{ address: host, family: host.includes(':') ? 6 : 4 }]
    : await resolve(host);
  for (const { address } of found) {
    const refusal = evaluateAddress(address, policy);
    if (refusal) throw new TargetRefusedError(`Its host resolves to an address that ${refusal}.`);
  }
  return found;
}

/** An address family that a name does not have, or that no name server returned in time, is not used. */
function none(): string[] {
  return [];
}
