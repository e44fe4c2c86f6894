import { StandbyHealth, STALL_MAX_MS, type StandbyReading, type StandbyState } from './standby-health.js';

const STEP_MS = 250;

describe('the health of a standby', () => {
  let health: StandbyHealth;
  let now: number;
  beforeEach(() => {
    health = new StandbyHealth();
    now = 1_000;
  });

  const reading = (written: number, more: Partial<StandbyReading> = {}): StandbyReading => ({
    streaming: true,
    synchronous: true,
    written: BigInt(written),
    ...more,
  });
  const observe = (one: StandbyReading | undefined, flushed: number): StandbyState =>
    health.observe(one, BigInt(flushed), (now += STEP_MS));
  /** Observes the same for some time; answers what it is in the end. */
  const observeFor = (ms: number, one: StandbyReading | undefined, flushed: number): StandbyState => {
    let state: StandbyState = 'unsettled';
    for (let passed = 0; passed < ms; passed += STEP_MS) state = observe(one, flushed);
    return state;
  };

  it('is steady once it has kept up for a while', () => {
    expect(observe(reading(10), 10)).toBe('unsettled');
    expect(observeFor(1_500, reading(10), 10)).toBe('steady');
  });

  it('is no worse for being always a little behind a busy primary', () => {
    let state: StandbyState = 'unsettled';
    for (let position = 100; position < 2_000; position += 100) state = observe(reading(position - 100), position);
    expect(state).toBe('steady');
  });

  it('is gone when what the primary has written does not arrive, though it stays connected', () => {
    observeFor(2_000, reading(10), 10);
    expect(observe(reading(10), 20)).toBe('steady');
    expect(observeFor(STALL_MAX_MS, reading(10), 30)).toBe('gone');
  });

  it('is not gone while the primary writes nothing that it could miss', () => {
    expect(observeFor(60_000, reading(10), 10)).toBe('steady');
  });

  it('is gone when it is not connected for some time, and returns only once it keeps up again', () => {
    observeFor(2_000, reading(10), 10);
    expect(observe(undefined, 10)).toBe('unsettled');
    expect(observeFor(STALL_MAX_MS, undefined, 10)).toBe('gone');
    expect(observe(reading(10), 10)).toBe('unsettled');
    expect(observeFor(1_500, reading(10), 10)).toBe('steady');
  });

  it('holds everything once commits wait for it and what was there before has arrived', () => {
    observe(reading(10, { synchronous: false }), 20);
    expect(health.holdsEverything).toBe(false);
    observe(reading(10), 30);
    expect(health.holdsEverything).toBe(false);
    observe(reading(30), 40);
    expect(health.holdsEverything).toBe(true);
  });

  it('still holds everything after the primary has died, and no more once commits went on without it', () => {
    observe(reading(10), 10);
    health.restarted();
    observe(undefined, 10);
    expect(health.holdsEverything).toBe(true);
    health.released();
    expect(health.holdsEverything).toBe(false);
  });
});
