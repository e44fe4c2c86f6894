import { PublishedInvalidations } from './published-invalidations.js';

const change = (id: number, transactionId: number, itemId = 'item') => ({ id, transactionId, itemId, listing: false });

describe('told changes', () => {
  it('are told once, although a look meets them again', () => {
    const told = new PublishedInvalidations();
    told.note([change(1, 50)], 51);
    expect([...told.newsOf([change(1, 50), change(2, 60), change(3, 50, 'other')]).entries()]).toEqual([
      ['item', [change(2, 60)]],
      ['other', [change(3, 50, 'other')]],
    ]);
  });

  it('that could not be delivered are news again', async () => {
    const told = new PublishedInvalidations();
    const delivered: number[] = [];
    expect(await told.pass([change(1, 50)], () => Promise.resolve(false))).toBe(false);
    const deliver = (news: readonly { publishedVersion: number }[]): Promise<boolean> =>
      Promise.resolve(delivered.push(...news.map(({ publishedVersion }) => publishedVersion)) >= 0);
    expect(await told.pass([change(1, 50)], deliver)).toBe(true);
    expect(await told.pass([change(1, 50)], deliver)).toBe(true);
    expect(delivered).toEqual([50]);
  });

  it('are told as their latest transaction', () => {
    expect(new PublishedInvalidations().publishedVersion([change(1, 50), change(2, 48)])).toBe(50);
  });

  it('of a transaction that began early and commits late are told as newer than what was told before', () => {
    const told = new PublishedInvalidations();
    told.note([change(2, 60)], 60);
    expect(told.publishedVersion([change(1, 50)])).toBe(61);
  });

  it('are forgotten once the next look begins after them', () => {
    const told = new PublishedInvalidations();
    told.note([change(1, 50)], 51);
    told.settle(50);
    expect(told.newsOf([change(1, 50)]).size).toBe(0);
    told.settle(51);
    expect(told.newsOf([change(1, 50)]).size).toBe(1);
  });

  it('are remembered as long as a transaction may come with the number that they were told as', () => {
    const told = new PublishedInvalidations();
    told.note([change(2, 102)], 102);
    told.note([change(1, 101)], told.publishedVersion([change(1, 101)]));
    told.settle(103);
    expect(told.publishedVersion([change(3, 103)])).toBe(104);
    told.settle(104);
    expect(told.publishedVersion([change(3, 103)])).toBe(103);
  });
});
