import { createHash } from 'node:crypto';

/** Markup whose texts have been escaped. */
export class Html {
  constructor(readonly text: string) {}
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template literal of HTML: a text in it is escaped, markup in it stays. */
export function markup(strings: TemplateStringsArray, ...values: (string | number | Html | readonly Html[])[]): Html {
  return new Html(strings.map((literal, at) => literal + toText(values[at])).join(''));
}

/** A sentence in which backticks set off code, as the catalogue of problems writes it. */
export function sentence(text: string): Html {
  const parts = text.split('`').map((part, at) => (at % 2 === 1 ? markup`<code>${part}</code>` : markup`${part}`));
  return markup`${parts}`;
}

const STYLE = [
  ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}',
  'body{max-width:60rem;margin:2rem auto;padding:0 1rem}',
  'table{border-collapse:collapse}',
  'th,td{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0;border-bottom:1px solid #8886}',
].join('');

/** The page runs nothing, loads nothing and can be framed by no one; its one style is allowed by its digest. */
export const PAGE_POLICY =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A whole document around a page's own markup. */
export function toDocument(title: string, body: Html): string {
  const head = markup`<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`;
  const style = `<style>${STYLE}</style>`;
  return `<!doctype html>\n<html lang="en"><head>${head.text}${style}</head>\n<body>${body.text}</body></html>\n`;
}

function toText(value: string | number | Html | readonly Html[] | undefined): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
