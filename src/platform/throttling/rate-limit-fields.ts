/** A published limit: so many requests within a window. */
export interface RateLimitPolicy {
  /** Short and stable; clients see it. */
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/**
 * The header fields of the IETF draft "RateLimit header fields for HTTP".
 * @param remaining requests left, @param resetSeconds until there are more
 */
export function rateLimitFields(
  { name, limit, windowSeconds }: RateLimitPolicy,
  remaining: number,
  resetSeconds: number,
): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${limit};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${Math.max(0, remaining)};t=${Math.max(0, Math.ceil(resetSeconds))}`,
  };
}
