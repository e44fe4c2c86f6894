import { clientsWithin } from './open-file-limit.js';

const LIMITS =
  'Limit                     Soft Limit           Hard Limit           Units\n' +
  'Max open files            1024                 4096                 files\n';

describe('clientsWithin', () => {
  it('takes what the hard limit leaves when more is wanted', () => {
    expect(clientsWithin(5_000, LIMITS)).toBe(3_896);
  });

  it('takes what is wanted when that fits, or when the limit is unknown', () => {
    expect(clientsWithin(1_000, LIMITS)).toBe(1_000);
    expect(clientsWithin(5_000, '')).toBe(5_000);
    expect(clientsWithin(5_000, LIMITS.replace('4096', 'unlimited'))).toBe(5_000);
  });
});
