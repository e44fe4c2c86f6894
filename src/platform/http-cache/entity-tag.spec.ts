import { matchesAny } from './entity-tag.js';

describe('If-None-Match', () => {
  it('compares weakly, and takes * for any tag', () => {
    const tag = '"3.17.abc-_"';
    expect([tag, `W/${tag}`, `"x", ${tag}`, '*'].map((header) => matchesAny(header, tag))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([undefined, '"x"', 'abc', ''].map((header) => matchesAny(header, tag))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
