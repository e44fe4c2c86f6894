import fc from 'fast-check';
import { CURSOR_PATTERN, readCursor, readPage, writeCursor } from './page.js';

describe('the cursor of a page', () => {
  it('leads back to the id that it was made of', () => {
    fc.assert(fc.property(fc.uuid(), (id) => expect(readCursor(writeCursor(id))).toBe(id)));
  });

  it('is read as an id whatever it contains, so that a forged one finds a page and never an error', () => {
    fc.assert(
      fc.property(fc.stringMatching(CURSOR_PATTERN), (forged) =>
        expect(readCursor(forged)).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      ),
    );
  });
});

describe('readPage', () => {
  const ids = ['c', 'b', 'a'].map((digit) => `01890a5d-ac96-774b-bcce-b302099a805${digit}`);
  const list = (limit: number, beforeId = 'z'): Promise<{ id: string }[]> =>
    Promise.resolve(
      ids
        .filter((id) => id < beforeId)
        .slice(0, limit)
        .map((id) => ({ id })),
    );

  it('walks a list to its end, each row once', async () => {
    const first = await readPage({ limit: 2 }, list);
    const second = await readPage({ limit: 2, cursor: first.nextCursor ?? '' }, list);
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
  });

  it('has no next page when the last row just fits', async () => {
    expect(await readPage({ limit: 3 }, list)).toMatchObject({ rows: [{}, {}, {}], nextCursor: null });
  });
});
