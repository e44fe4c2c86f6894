import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * Derives a key for one purpose from the instance's secret (HKDF-SHA-256, RFC 5869), so that no two uses share one.
 * @param purpose names the use and its version, for example `account/reset-token/v1`
 */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `bulwark/${purpose}`, KEY_BYTES));
}
