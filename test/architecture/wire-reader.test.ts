import fc from 'fast-check';
import { boundParameters, Fields, WireReader, type WireMessage } from '../support/sql/protocol.js';

const message = fc.record({
  type: fc.constantFrom('Q', 'P', 'B', 'Z'),
  body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
});

const framed = ({ type, body }: WireMessage): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};

describe('the reader of the wire protocol', () => {
  it('reads the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat({ max: 30 }), { minLength: 1 }), (messages, cuts) => {
        const reader = new WireReader(1);
        let stream = Buffer.concat([framed({ type: '', body: Buffer.from('hello') }), ...messages.map(framed)]);
        const read: WireMessage[] = [];
        for (let n = 0; stream.length > 0; n++) {
          const cut = Math.max(1, cuts[n % cuts.length] ?? 1);
          for (const one of reader.push(stream.subarray(0, cut)))
            read.push({ type: one.type, body: Buffer.from(one.body) });
          stream = stream.subarray(cut);
        }
        expect(read).toEqual([{ type: '', body: Buffer.from('hello') }, ...messages]);
      }),
    );
  });

  it.each([[3], [-1], [0x7fffffff]])('refuses a length of %d', (length) => {
    const head = Buffer.alloc(5, 'Q');
    head.writeInt32BE(length, 1);
    expect(() => [...new WireReader(0).push(head)]).toThrow('no message');
  });

  it('reads text, binary and null parameters', () => {
    const body = Buffer.concat([
      Buffer.from([0, 3, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1]),
      Buffer.from('a'),
      Buffer.from([0, 0, 0, 2, 1, 255, 255, 255, 255, 255]),
    ]);
    expect(boundParameters(new Fields(body))).toEqual(['a', '\\x01ff', null]);
  });
});
