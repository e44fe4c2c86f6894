import { parseFleet } from './app-process.js';

describe('the fleet message', () => {
  it('names the processes', () => {
    expect(parseFleet({ type: 'fleet', ready: true, port: 1, web: [10, 11], worker: 12 })).toEqual({
      ready: true,
      web: [10, 11],
      worker: 12,
    });
  });

  it('has no worker in the role web', () => {
    expect(parseFleet({ type: 'fleet', ready: false, web: [10], worker: null })?.worker).toBeNull();
  });

  // The guard would signal any number that it gets: 0 and 1 stand for many processes.
  it.each([
    null,
    'ready',
    { type: 'other' },
    { type: 'fleet', ready: true, web: [0] },
    { type: 'fleet', ready: true, web: ['1'] },
    { type: 'fleet', web: 3 },
  ])('is not %j', (message) => {
    expect(parseFleet(message)).toBeNull();
  });
});
