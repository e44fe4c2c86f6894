import { randomBytes } from 'node:crypto';
import { seal, unseal } from './seal.js';

describe('seal', () => {
  const key = randomBytes(32);
  const plain = Buffer.from('a private key');

  it('is opened by its own key', () => {
    expect(unseal(key, seal(key, plain))).toEqual(plain);
    expect(unseal(key, seal(key, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  it('does not contain the plain text, and differs each time', () => {
    expect(seal(key, plain).includes(plain)).toBe(false);
    expect(seal(key, plain)).not.toEqual(seal(key, plain));
  });

  it('is not opened by another key', () => {
    expect(() => unseal(randomBytes(32), seal(key, plain))).toThrow();
  });

  it('is not opened when one of its bytes was changed', () => {
    const sealed = seal(key, plain);
    for (let position = 0; position < sealed.length; position++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(position) ^ 1, position);
      expect(() => unseal(key, changed)).toThrow();
    }
  });

  it('is not opened when it was truncated to any length', () => {
    const sealed = seal(key, plain);
    for (let length = 0; length < sealed.length; length++)
      expect(() => unseal(key, sealed.subarray(0, length))).toThrow();
  });
});
