/** What a variable's text may be, and the value that it becomes. */
export interface Kind<T> {
  /** Completes the sentence "it wants …": the form and the bounds. */
  readonly wants: string;
  /** Returns undefined when the text is not of this kind. */
  readonly parse: (text: string) => T | undefined;
  /** The value is never shown in a message. */
  readonly secret?: boolean;
}

/** A whole number within bounds. */
export function integer(min: number, max: number): Kind<number> {
  return {
    wants: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      if (!/^-?\d{1,15}$/.test(text)) return undefined;
      const value = Number(text);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of the named words. */
export function oneOf<const T extends string>(...words: T[]): Kind<T> {
  return { wants: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}

/** A URL with one of the given schemes; kept as text. */
export function url(...schemes: string[]): Kind<string> {
  const wants = `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return { wants, secret: true, parse: (text) => (isUrl(text, schemes) ? text : undefined) };
}

/** Comma-separated URLs, at least one. */
export function urls(...schemes: string[]): Kind<readonly string[]> {
  return {
    wants:
      'one or more URLs, separated by commas, that begin with ' +
      `${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    secret: true,
    parse: (text) => {
      const list = text.split(',').map((part) => part.trim());
      return list.every((part) => isUrl(part, schemes)) ? Object.freeze(list) : undefined;
    },
  };
}

/** Comma-separated words that each match the pattern. */
export function listOf(pattern: RegExp, wants: string): Kind<readonly string[]> {
  return {
    wants,
    parse: (text) => {
      const list = text.split(',').map((part) => part.trim());
      return list.every((part) => pattern.test(part)) ? Object.freeze(list) : undefined;
    },
  };
}

/** Text of a minimal length that no message shows. */
export function secret(minLength: number): Kind<string> {
  return {
    wants: `a secret of at least ${minLength} characters`,
    secret: true,
    parse: (text) => (text.length >= minLength ? text : undefined),
  };
}

/** Plain text that matches the pattern. */
export function matching(pattern: RegExp, wants: string): Kind<string> {
  return { wants, parse: (text) => (pattern.test(text) ? text : undefined) };
}

function isUrl(text: string, schemes: readonly string[]): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
}
