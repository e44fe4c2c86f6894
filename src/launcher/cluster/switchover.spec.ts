import type { EmbeddedDatabase } from './start-database.js';
import { Switchover } from './switchover.js';

describe('a switchover', () => {
  it('is refused without a replica, before anything is touched', async () => {
    const database = { cluster: { primary: {}, standbys: [] } } as unknown as EmbeddedDatabase;
    const nothing = () => undefined;
    const switchover = new Switchover(database, {
      ending: new AbortController().signal,
      changed: nothing,
      keepStarting: nothing,
    });
    await expect(switchover.run()).rejects.toThrow(
      'There is no replica to promote: BULWARK_REPLICAS is 0. Nothing was changed.',
    );
  });
});
