import fc from 'fast-check';
import { readCursor, writeCursor } from './list-query.dto.js';

describe('the cursor of a list', () => {
  it('leads back to the id that it was made of', () => {
    fc.assert(fc.property(fc.uuid(), (id) => expect(readCursor(writeCursor(id))).toBe(id)));
  });

  it('is an id whatever is in it, so that a forged one finds a page and never an error', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{22}$/), (forged) =>
        expect(readCursor(forged)).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      ),
    );
  });
});
