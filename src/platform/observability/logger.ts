import { pino, type Logger } from 'pino';
import { requestContext } from './request-context.js';

/** Fields whose values never reach a log, wherever they stand. */
const SECRET_FIELDS = new Set([
  'password',
  'token',
  'accesstoken',
  'refreshtoken',
  'authorization',
  'cookie',
  'set-cookie',
  'secret',
  'code',
  'captcha',
  'email',
  'paymentmethod',
  'card',
  'number',
  'cvc',
  'totp',
  'body',
  'parameters',
]);
const DEPTH_MAX = 6;

/** Values that are secret wherever they stand in a text. */
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[jwt]'],
  [/\btok_\w+/g, '[card token]'],
  [/\b\d(?:[ -]?\d){12,18}\b/g, '[card number]'],
  [/[^\s"'<>:/@]+@[^\s"'<>/@]+\.[a-zA-Z]{2,}/g, '[mail address]'],
  [/(postgres(?:ql)?|rediss?|smtps?):\/\/[^@\s/]+@/g, '$1://[credentials]@'],
];

/** Hides what looks like a secret inside free text (an error's message, a URL). */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const coded = error as Error & { code?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    code: typeof coded.code === 'string' ? coded.code : undefined,
    stack: error.stack ? redactText(error.stack) : undefined,
    cause: error.cause instanceof Error ? describeError(error.cause) : undefined,
  };
}

/** Hides the values of secret fields, wherever they stand in what is logged, and what looks secret in its texts. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Error) return describeError(value);
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) return value.map((inner) => redact(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_FIELDS.has(key.toLowerCase()) ? '[redacted]' : redact(inner, depth + 1),
    ]),
  );
}

/** The process's structured logger: one JSON line an event, secrets redacted, request id added. */
export const logger: Logger = pino({
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { log: (fields) => redact(fields) as Record<string, unknown> },
  // Errors are described by the redaction above; pino's own serializer would show their messages as they are.
  serializers: { err: (error: unknown) => error },
  mixin: () => requestContext.getStore() ?? {},
});
