import { TargetRefusedError } from './resolve-host.js';

/** What subscribers may read of the errors of our network stack. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was reset.',
  EPIPE: 'The connection was reset.',
  EHOSTUNREACH: 'The host cannot be reached.',
  ENETUNREACH: 'The host cannot be reached.',
  ETIMEDOUT: 'No connection came about in time.',
  ENOTFOUND: 'The name could not be resolved.',
};

/** Says why an attempt failed, in our words: raw errors name addresses and internals. */
export function explainFailure(error: unknown): string {
  if (error instanceof TargetRefusedError) return `The webhook URL is not allowed. ${error.message}`;
  const { name, code = '' } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || name === 'AbortError') return 'No answer came in time.';
  if (/CERT|SSL|TLS|ALTNAME|UNABLE_TO|SELF_SIGNED/.test(code)) return `The TLS connection failed (${code}).`;
  return EXPLANATIONS[code] ?? 'The connection failed.';
}

/** The same for an answer that is no success. */
export function explainStatus(statusCode: number): string {
  if (statusCode === 410) return 'It answered 410: gone. The endpoint is disabled.';
  if (statusCode >= 300 && statusCode < 400) return `It answered ${statusCode}: redirects are not followed.`;
  return `It answered ${statusCode}.`;
}
