import { ToldChanges } from './told-changes.js';

const change = (id: number, transactionId: number, itemId = 'item') => ({ id, transactionId, itemId, listing: false });

describe('told changes', () => {
  it('are told once, although a look meets them again', () => {
    const told = new ToldChanges();
    told.note([change(1, 50)], 51);
    expect([...told.newsOf([change(1, 50), change(2, 60), change(3, 50, 'other')]).entries()]).toEqual([['item', [change(2, 60)]], ['other', [change(3, 50, 'other')]]]);
  });

  it('make a reading newer than themselves while older transactions run', () => {
    expect(new ToldChanges().versionOf([change(1, 50), change(2, 48)], 40)).toBe(51);
    expect(new ToldChanges().versionOf([change(1, 50)], 90)).toBe(90);
  });

  it('of a transaction that began early and commits late are newer still', () => {
    const told = new ToldChanges();
    told.note([change(2, 60)], 61);
    expect(told.versionOf([change(1, 50)], 45)).toBe(62);
  });

  it('are forgotten once the next look begins after them', () => {
    const told = new ToldChanges();
    told.note([change(1, 50)], 51);
    told.settle(50);
    expect(told.newsOf([change(1, 50)]).size).toBe(0);
    told.settle(51);
    expect(told.newsOf([change(1, 50)]).size).toBe(1);
  });
});
