import { present, presentNoContent, type Answer } from './stored-answer.js';

describe('present', () => {
  const presentNote = ({ text }: { text: string }): Answer => ({
    status: 201,
    body: { text },
    headers: { ETag: '"1"' },
  });

  it('makes status, lower-cased headers and the bytes of the body from a result', () => {
    expect(present(presentNote, { text: 'naïve ☂' })).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json; charset=utf-8', etag: '"1"' },
      body: Buffer.from('{"text":"naïve ☂"}'),
      provisional: undefined,
    });
  });

  it('makes an empty body without a type for an answer without one', () => {
    expect(present(presentNoContent, undefined)).toMatchObject({ status: 204, headers: {}, body: Buffer.alloc(0) });
  });
});
