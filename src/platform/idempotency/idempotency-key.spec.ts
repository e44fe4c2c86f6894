import { readIdempotencyKey } from './idempotency-key.js';

const headers = (...keys: string[]): string[] => ['Host', 'x', ...keys.flatMap((key) => ['Idempotency-Key', key])];

describe('readIdempotencyKey', () => {
  it.each([
    ['a single character', 'a', 'a'],
    ['255 visible ASCII characters', '~'.repeat(255), '~'.repeat(255)],
    ['what looks like SQL', "';drop--", "';drop--"],
    ['a quoted structured-field string', '"abc"', 'abc'],
    ['escapes inside the quotes', String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ['255 characters inside quotes', `"${'a'.repeat(255)}"`, 'a'.repeat(255)],
    ['space around the value', '  abc\t', 'abc'],
  ])('takes %s', (_, sent, key) => {
    expect(readIdempotencyKey(headers(sent))).toBe(key);
  });

  it.each([
    ['an empty value', ''],
    ['256 characters', 'a'.repeat(256)],
    ['256 characters inside quotes', `"${'a'.repeat(256)}"`],
    ['a control character', 'a\u0001b'],
    ['NUL', 'a\u0000'],
    ['a line break', 'a\r\nb'],
    ['a space inside', 'a b'],
    ['UTF-8 as the server reads it', 'Ã¤'],
    ['an open quote', '"abc'],
    ['a quote inside quotes', '"a"b"'],
    ['parameters after the string', '"abc";a=1'],
    ['an empty quoted string', '""'],
  ])('refuses %s', (_, sent) => {
    expect(() => readIdempotencyKey(headers(sent))).toThrow(
      expect.objectContaining({ code: 'idempotency_key_invalid', status: 400 }),
    );
  });

  it('refuses two header lines, even equal ones', () => {
    expect(() => readIdempotencyKey(headers('a', 'a'))).toThrow(
      expect.objectContaining({ code: 'idempotency_key_invalid' }),
    );
  });

  it('says when the header is missing', () => {
    expect(() => readIdempotencyKey(headers())).toThrow(
      expect.objectContaining({ code: 'idempotency_key_missing', status: 400 }),
    );
  });

  it("does not take another header's value for the name", () => {
    expect(() => readIdempotencyKey(['X-Other', 'idempotency-key'])).toThrow(
      expect.objectContaining({ code: 'idempotency_key_missing' }),
    );
  });
});
