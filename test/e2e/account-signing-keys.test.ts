import { ModuleRef } from '@nestjs/core';
import { SigningKeys } from '../../src/platform/identity/index.js';
import { freshStart } from '../support/fresh-start.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';

describe('signing keys', () => {
  let app: PlatformApp;

  beforeAll(async () => {
    await freshStart();
    app = await startPlatformApp([]);
  });

  afterAll(async () => {
    await app?.stop();
  });

  /** The keys as another process has them. */
  const newProcess = (): Promise<SigningKeys> => app.nest.get(ModuleRef).create(SigningKeys);
  const findMany = (keys: SigningKeys, kid: string) => Promise.all(Array.from({ length: 5 }, () => keys.find(kid)));

  it('are created once when many processes need the first one', async () => {
    const processes = await Promise.all(Array.from({ length: 5 }, newProcess));
    const kids = await Promise.all(processes.map(async (keys) => (await keys.current()).kid));
    expect(new Set(kids).size).toBe(1);
    expect(await (await newProcess()).published()).toHaveLength(1);
  });

  it('are found by every request that a new process gets in its first moment', async () => {
    const { kid } = await (await newProcess()).current();
    const found = await findMany(await newProcess(), kid);
    expect(found.map((key) => key?.kid)).toEqual(found.map(() => kid));
  });

  it('are found by a process that has loaded its keys just before another one rotated', async () => {
    const [one, other] = [await newProcess(), await newProcess()];
    const before = await other.current();
    const kid = await one.rotate();
    expect((await one.current()).kid).toBe(kid);
    const found = await findMany(other, kid);
    expect(found.map((key) => key?.kid)).toEqual(found.map(() => kid));
    expect(await other.find(before.kid)).toMatchObject({ kid: before.kid });
  });

  it('with an unknown id are not found', async () => {
    const found = await findMany(await newProcess(), 'made-up');
    expect(found).toEqual(found.map(() => undefined));
  });
});
