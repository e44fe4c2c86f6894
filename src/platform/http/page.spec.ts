import { writeCursor } from './cursor.js';
import { readPage } from './page.js';

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

  it.each([
    ['noise', 'short'],
    ['an id that is not a UUID', writeCursor(['by-id'], ["' OR 1=1"])],
    ['another list', writeCursor(['price'], [ids[0] ?? ''])],
  ])('refuses a cursor of %s', async (_what, cursor) => {
    await expect(readPage({ limit: 2, cursor }, list)).rejects.toMatchObject({ code: 'validation_failed' });
  });
});
