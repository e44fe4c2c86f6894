import { createHmac } from 'node:crypto';

/** Secrets are written as this prefix and their bytes in base64 (Standard Webhooks). */
export const SECRET_PREFIX = 'whsec_';

/** Writes a secret as subscribers configure it. */
export function writeSecret(secret: Buffer): string {
  return `${SECRET_PREFIX}${secret.toString('base64')}`;
}

/**
 * Headers of a Standard Webhooks message, one signature for each secret: while secrets change, either verifies it.
 * @param id the same for every attempt
 * @param sentAt time of this attempt: receivers refuse a timestamp that is minutes old
 */
export function signedHeaders(
  secrets: readonly Buffer[],
  id: string,
  sentAt: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1_000));
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
