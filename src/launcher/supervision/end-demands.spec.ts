import { EndDemands } from './end-demands.js';

describe('the demand of a signal', () => {
  let now = 0;
  let demands: EndDemands;
  beforeEach(() => {
    now = 0;
    demands = new EndDemands(() => now);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is to end in order, by %s', (signal) => {
    expect(demands.onSignal(signal)).toBe('end');
  });

  it('is one for the signal of the terminal and the one that npm passes on', () => {
    expect([demands.onSignal('SIGINT'), demands.onSignal('SIGINT')]).toEqual(['end', 'nothing']);
  });

  it.each([
    ['a group that is signalled twice', 'SIGTERM', 'SIGTERM'],
    ['a terminal that closes after Ctrl-C', 'SIGINT', 'SIGHUP'],
    ['a service manager that sends SIGHUP after SIGTERM', 'SIGTERM', 'SIGHUP'],
  ] as const)('never drops requests because of %s', (_case, first, second) => {
    demands.onSignal(first);
    now = 60_000;
    expect(demands.onSignal(second)).toBe('nothing');
  });

  it('is nothing new when the parent ends as well, whichever comes first', () => {
    demands.onSignal('SIGTERM');
    now = 5_000;
    expect(demands.onOrphaned()).toBe('nothing');
    const others = new EndDemands();
    expect([others.onOrphaned(), others.onSignal('SIGHUP')]).toEqual(['end', 'nothing']);
  });

  it('drops what is in flight at a second Ctrl-C, and gives up at the third', () => {
    const pressed = [0, 1_500, 3_000].map((time) => {
      now = time;
      return demands.onSignal('SIGINT');
    });
    expect(pressed).toEqual(['end', 'end at once', 'give up']);
  });
});
