// @ts-check
import { isIP } from 'node:net';

/** @import { Kind } from './variable-types.js' */

const SHOWN_MAX = 200;

/**
 * A whole number within bounds.
 * @param {number} min
 * @param {number} max
 * @returns {Kind<number>}
 */
export function integer(min, max) {
  return {
    wants: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      if (!/^-?\d{1,15}$/.test(text)) return undefined;
      const value = Number(text);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/**
 * One of the named words.
 * @template {string} const T
 * @param {...T} words
 * @returns {Kind<T>}
 */
export function oneOf(...words) {
  return { wants: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}

/**
 * A URL with one of the given schemes and a host; kept as text.
 * @param {...string} schemes
 * @returns {Kind<string>}
 */
export function url(...schemes) {
  return {
    wants: `a URL that begins with ${prefixes(schemes)}`,
    secret: true,
    show: maskUrl,
    parse: (text) => (isUrl(text, schemes) ? text : undefined),
  };
}

/**
 * Comma-separated URLs, at least one.
 * @param {...string} schemes
 * @returns {Kind<readonly string[]>}
 */
export function urls(...schemes) {
  return {
    ...list((text) => isUrl(text, schemes)),
    wants: `one or more URLs, separated by commas, that begin with ${prefixes(schemes)}`,
    secret: true,
    show: maskUrl,
  };
}

/**
 * Comma-separated addresses and ranges (CIDR).
 * @returns {Kind<readonly string[]>}
 */
export function addressRanges() {
  return {
    ...list(isAddressRange),
    wants: 'addresses or CIDR ranges, separated by commas, for example 10.0.0.0/8,192.168.1.7,fd00::/8',
  };
}

/**
 * An address or a host name to listen on.
 * @returns {Kind<string>}
 */
export function listenAddress() {
  return {
    wants: 'an address or a host name of this machine, for example 127.0.0.1, :: or localhost',
    parse: (text) => (isIP(text) !== 0 || isHostName(text) ? text : undefined),
  };
}

/**
 * Comma-separated secrets, each of a minimal length.
 * @param {number} minLength
 * @param {string} wants
 * @returns {Kind<readonly string[]>}
 */
export function secrets(minLength, wants) {
  return { ...list((text) => text.length >= minLength), wants, secret: true };
}

/**
 * Text of a minimal length that no message shows.
 * @param {number} minLength
 * @returns {Kind<string>}
 */
export function secret(minLength) {
  return {
    wants: `a secret of at least ${minLength} characters`,
    secret: true,
    parse: (text) => (text.length >= minLength ? text : undefined),
  };
}

/**
 * Plain text that matches the pattern.
 * @param {RegExp} pattern
 * @param {string} wants
 * @returns {Kind<string>}
 */
export function matching(pattern, wants) {
  return { wants, parse: (text) => (pattern.test(text) ? text : undefined) };
}

/**
 * What a message may show of a wrong text.
 * @param {Kind<unknown>} kind
 * @param {string} text
 */
export function shownText(kind, text) {
  if (kind.show !== undefined) return JSON.stringify(kind.show(text).slice(0, SHOWN_MAX));
  if (!kind.secret) return JSON.stringify(text.slice(0, SHOWN_MAX));
  return `${text.length} ${text.length === 1 ? 'character' : 'characters'}, which are not shown`;
}

/**
 * @param {(text: string) => boolean} isOne
 * @returns {Kind<readonly string[]>}
 */
function list(isOne) {
  return {
    wants: '',
    parse: (text) => {
      const parts = text.split(',').map((part) => part.trim());
      return parts.every(isOne) ? Object.freeze(parts) : undefined;
    },
  };
}

/** @param {readonly string[]} schemes */
function prefixes(schemes) {
  return schemes.map((scheme) => `${scheme}://`).join(' or ');
}

/**
 * @param {string} text
 * @param {readonly string[]} schemes
 */
function isUrl(text, schemes) {
  // The parser repairs "http:host" and strips blanks; a driver that gets the text would not.
  if (/\s/.test(text) || !schemes.some((scheme) => text.startsWith(`${scheme}://`)) || !URL.canParse(text))
    return false;
  return new URL(text).hostname !== '';
}

/**
 * A text that was meant to be a URL, without what may be secret in it: the password, and the values of its query. What
 * has no form of a URL at all may be a password in the wrong variable.
 * @param {string} text
 */
function maskUrl(text) {
  return text
    .split(/,(?=[a-z]+:\/\/)/i)
    .map(maskOne)
    .join(',');
}

/** @param {string} text */
function maskOne(text) {
  if (!/:\/\/|@|^[\w.-]+(:\d*)?(\/[\w.-]*)*$/.test(text)) return '***';
  // Up to the last @: a password may hold one that should have been encoded.
  return text
    .replace(/(^(?!\w+:\/\/)|:\/\/)([^\s/:@]*):\S*@/, '$1$2:***@')
    .replaceAll(/([?&][^=&#\s]*=)[^&#\s]*/g, '$1***');
}

/** @param {string} text */
function isAddressRange(text) {
  const [address = '', prefix, ...rest] = text.split('/');
  // A zone (fe80::1%eth0) belongs to one machine, not to a proxy.
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

/** @param {string} text */
function isHostName(text) {
  // Digits and dots that are no address are a mistyped one.
  return (
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text) &&
    !/^[\d.]+$/.test(text)
  );
}
