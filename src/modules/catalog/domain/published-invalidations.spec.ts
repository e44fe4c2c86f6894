import { PublishedInvalidations } from './published-invalidations.js';

const change = (id: number, transactionId: number, itemId = 'item') => ({ id, transactionId, itemId, listing: false });

describe('PublishedInvalidations', () => {
  it('publishes a change once, although a later run meets it again', () => {
    const published = new PublishedInvalidations();
    published.record([change(1, 50)], 51);
    const met = [change(1, 50), change(2, 60), change(3, 50, 'other')];
    expect([...published.unpublishedOf(met).entries()]).toEqual([
      ['item', [change(2, 60)]],
      ['other', [change(3, 50, 'other')]],
    ]);
  });

  it('publishes a change again that could not be delivered', async () => {
    const published = new PublishedInvalidations();
    const delivered: number[] = [];
    expect(await published.publish([change(1, 50)], () => Promise.resolve(false))).toBe(false);
    const deliver = (unpublished: readonly { publishedVersion: number }[]): Promise<boolean> => {
      delivered.push(...unpublished.map(({ publishedVersion }) => publishedVersion));
      return Promise.resolve(true);
    };
    expect(await published.publish([change(1, 50)], deliver)).toBe(true);
    expect(await published.publish([change(1, 50)], deliver)).toBe(true);
    expect(delivered).toEqual([50]);
  });

  it('publishes changes of one item under their latest transaction', () => {
    expect(new PublishedInvalidations().publishedVersion([change(1, 50), change(2, 48)])).toBe(50);
  });

  it('publishes a transaction that began early and commits late under a newer version than the one before', () => {
    const published = new PublishedInvalidations();
    published.record([change(2, 60)], 60);
    expect(published.publishedVersion([change(1, 50)])).toBe(61);
  });

  it('drops a change once the next run begins after it', () => {
    const published = new PublishedInvalidations();
    published.record([change(1, 50)], 51);
    published.dropBefore(50);
    expect(published.unpublishedOf([change(1, 50)]).size).toBe(0);
    published.dropBefore(51);
    expect(published.unpublishedOf([change(1, 50)]).size).toBe(1);
  });

  it('keeps an item as long as a transaction may come with the number of its published version', () => {
    const published = new PublishedInvalidations();
    published.record([change(2, 102)], 102);
    published.record([change(1, 101)], published.publishedVersion([change(1, 101)]));
    published.dropBefore(103);
    expect(published.publishedVersion([change(3, 103)])).toBe(104);
    published.dropBefore(104);
    expect(published.publishedVersion([change(3, 103)])).toBe(103);
  });
});
