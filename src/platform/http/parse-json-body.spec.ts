import fc from 'fast-check';
import { Problem } from '../problems/index.js';
import { parseJsonBody, refuseQuery } from './parse-json-body.js';

function codeOf(bytes: Buffer | string): string | undefined {
  try {
    parseJsonBody(Buffer.from(bytes as string));
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

describe('parseJsonBody', () => {
  it('answers any ordinary JSON value as JSON.parse would', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\\u0000|\\ud[89a-f]|__proto__|constructor|prototype/i.test(text));
        expect(parseJsonBody(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([['{'], [''], ['{"a":1}}'], ['\u{feff}{}x']])('refuses %j as malformed', (text) => {
    expect(codeOf(text)).toBe('malformed_json');
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeOf(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toBe('malformed_json');
    expect(codeOf(Buffer.from([0x22, 0xc0, 0x80, 0x22]))).toBe('malformed_json');
  });

  it.each([
    ['a prototype key', '{"__proto__":{"admin":true}}'],
    ['a nested constructor', '{"a":[{"constructor":{"prototype":{}}}]}'],
    ['NUL', String.raw`{"a":"x\u0000y"}`],
    ['NUL in a name', String.raw`{"a\u0000":1}`],
    ['a lone surrogate', String.raw`["\ud800"]`],
    ['100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['too many values', `[${'1,'.repeat(100_000)}1]`],
  ])('refuses %s as invalid', (_what, text) => {
    expect(codeOf(text)).toBe('validation_failed');
  });

  it('leaves later objects unpolluted', () => {
    codeOf('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('refuseQuery', () => {
  it.each([
    [{ ['__proto__[admin]']: '1' }],
    [{ 'constructor.prototype.x': '1' }],
    [{ q: 'a\u0000b' }],
    [{ q: ['a', '\ud800'] }],
  ])('refuses %j', (query) => {
    expect(refuseQuery(query as Record<string, unknown>)?.code).toBe('validation_failed');
  });

  it('lets an ordinary query pass', () => {
    expect(refuseQuery({ q: 'prototype of a constructor', limit: '5' })).toBeUndefined();
  });
});
