import { createHash } from 'node:crypto';
import { PAGE_POLICY, markup, sentence, toDocument } from './html.js';

describe('markup', () => {
  it('escapes every text, in an attribute too, and keeps markup', () => {
    const rude = `"><script>alert('&')</script>`;
    const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;';
    expect(markup`<a href="${rude}">${rude}</a>`.text).toBe(`<a href="${escaped}">${escaped}</a>`);
    const rows = [markup`<li>${'<'}</li>`, markup`<li>${2}</li>`];
    expect(markup`<ul>${rows}</ul>`.text).toBe('<ul><li>&lt;</li><li>2</li></ul>');
  });

  it('sets code off in a sentence, and escapes it there', () => {
    expect(sentence('Send `<Accept>` & wait.').text).toBe('Send <code>&lt;Accept&gt;</code> &amp; wait.');
  });

  it('makes documents whose only style is the one that the policy allows', () => {
    const document = toDocument('<Title>', markup`<p>${'text'}</p>`);
    const [style = '', ...others] = [...document.matchAll(/<style>(.*?)<\/style>/gs)].map((match) => match[1] ?? '');
    expect(others).toEqual([]);
    expect(PAGE_POLICY).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(document).toContain('<title>&lt;Title&gt;</title>');
    expect(document).not.toMatch(/<script|style=|src=|https?:/);
  });
});
