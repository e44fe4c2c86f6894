import { reportsReady } from './postgres.js';

const file = (pid: number, status: string) => `${pid}\n/data\n1790000000\n5001\n\n127.0.0.1\n  123 4\n${status}\n`;

describe('the postmaster file', () => {
  it('reports ready for the very process that was started', () => {
    expect(reportsReady(file(42, 'ready   '), 42)).toBe(true);
  });

  it.each([
    ['another process', file(41, 'ready   ')],
    ['a start that is under way', file(42, 'starting')],
    ['a standby that admits no client yet', file(42, 'standby ')],
    ['half a file', '42\n/data\n'],
  ])('reports nothing for %s', (_case, text) => expect(reportsReady(text, 42)).toBe(false));
});
