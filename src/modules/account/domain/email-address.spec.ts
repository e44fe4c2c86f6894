import fc from 'fast-check';
import { normaliseEmail } from './email-address.js';

describe('normaliseEmail', () => {
  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    [' ada@example.com ', 'ada@example.com'],
    ['ada@𝗀𝗆𝖺𝗂𝗅.com', 'ada@gmail.com'],
    ['ada@ex\u0061\u0308mple.com', 'ada@exämple.com'],
  ])('reads %s as %s', (email, normalised) => {
    expect(normaliseEmail(email)).toBe(normalised);
  });

  it.each([
    ['a dot', 'ada.l@example.com', 'adal@example.com'],
    ['a tag', 'ada+shop@example.com', 'ada@example.com'],
  ])('keeps addresses apart that differ by %s: for some providers they are two mailboxes', (_what, one, other) => {
    expect(normaliseEmail(one)).not.toBe(normaliseEmail(other));
  });

  it('changes nothing the second time, whatever the address', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        expect(normaliseEmail(normaliseEmail(email))).toBe(normaliseEmail(email));
        expect(normaliseEmail(email.toUpperCase())).toBe(normaliseEmail(email));
      }),
    );
  });
});
