import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { FeedRefusedError } from './feed-refused.js';
import { RejectsFile, type RejectsPlace } from './rejects-file.js';

const HEADER = 'line,column,reason,value\n';
const REJECT = { line: 7, column: 'price', reason: 'is missing', value: '' };

describe('the report of rejected rows', () => {
  let folder: string;
  let feed: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-rejects-'));
    feed = join(folder, 'feed.tsv');
    writeFileSync(feed, 'id\ttitle\tprice\n');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const run = async (place: RejectsPlace, rejects: number): Promise<void> => {
    const report = await RejectsFile.open(place, feed);
    for (let n = 0; n < rejects; n++) await report.add(REJECT);
    await report.complete();
    await report.publish(feed);
  };
  const names = (): string[] => readdirSync(folder).toSorted();

  it('has its rows, and is readable by its owner alone', async () => {
    await run(at('out.csv'), 2);
    expect(readFileSync(at('out.csv'), 'utf8')).toBe(`${HEADER}7,price,is missing,\n7,price,is missing,\n`);
    expect(statSync(at('out.csv')).mode & 0o777).toBe(0o600);
    expect(names()).toEqual(['feed.tsv', 'out.csv']);
  });

  it('does not appear without a reject', async () => {
    await run(at('out.csv'), 0);
    expect(names()).toEqual(['feed.tsv']);
  });

  it('takes the place of the report of an earlier import, also through a link', async () => {
    await run(at('out.csv'), 1);
    symlinkSync('out.csv', at('link.csv'));
    await run(at('link.csv'), 3);
    expect(readFileSync(at('out.csv'), 'utf8').split('\n')).toHaveLength(5);
    await run(at('out.csv'), 0);
    expect(existsSync(at('out.csv'))).toBe(false);
  });

  it('has no half under its name while the import runs, and leaves the earlier one when it ends early', async () => {
    await run(at('out.csv'), 1);
    const before = readFileSync(at('out.csv'), 'utf8');
    const report = await RejectsFile.open(at('out.csv'), feed);
    for (let n = 0; n < 20_000; n++) await report.add(REJECT);
    expect(readFileSync(at('out.csv'), 'utf8')).toBe(before);
    await report.discard();
    expect(readFileSync(at('out.csv'), 'utf8')).toBe(before);
    expect(names()).toEqual(['feed.tsv', 'out.csv']);
  });

  it('removes its draft in the last moment of a process', async () => {
    const report = await RejectsFile.open(at('out.csv'), feed);
    await report.add(REJECT);
    report.discardNow();
    expect(names()).toEqual(['feed.tsv']);
    await report.discard();
  });

  it('spares a file that another program puts there in the meantime, and names where the rows are', async () => {
    const report = await RejectsFile.open(at('out.csv'), feed);
    await report.add(REJECT);
    await report.complete();
    writeFileSync(at('out.csv'), 'mine');
    await expect(report.publish(feed)).rejects.toThrow(/is imported, but its rejected rows stay in .*\.rejects-/);
    expect(readFileSync(at('out.csv'), 'utf8')).toBe('mine');
    expect(names()).toHaveLength(3);
  });

  it('makes its own folder, and no folder that an operator names', async () => {
    await run({ ownFolder: at('imports'), name: 'out.csv' }, 1);
    expect(existsSync(at('imports/out.csv'))).toBe(true);
    await expect(run(at('missing/out.csv'), 1)).rejects.toThrow(`${folder}/missing does not exist`);
  });

  describe('is refused before anything is read, and touches nothing,', () => {
    const kinds: readonly [string, () => string, RegExp][] = [
      ['the feed', () => feed, /it is the feed itself/],
      ['the feed by a relative path', () => relative(process.cwd(), feed), /it is the feed itself/],
      ['a hard link to the feed', () => (linkSync(feed, at('hard.csv')), at('hard.csv')), /it is the feed itself/],
      ['a symbolic link to the feed', () => (symlinkSync(feed, at('soft.csv')), at('soft.csv')), /the feed itself/],
      ['a file of another origin', () => (writeFileSync(at('mine'), 'mine'), at('mine')), /no import wrote it/],
      ['an empty file', () => (writeFileSync(at('empty'), ''), at('empty')), /no import wrote it/],
      ['half a header', () => (writeFileSync(at('half'), HEADER.slice(0, 9)), at('half')), /no import wrote it/],
      ['a folder', () => (mkdirSync(at('folder')), at('folder')), /it is a folder/],
      ['a device', () => '/dev/null', /a device or a pipe/],
      ['a link to nothing', () => (symlinkSync('nowhere', at('dangling')), at('dangling')), /leads nowhere/],
      ['a path through a file', () => join(feed, 'out.csv'), /no folder/],
      ['a name that is too long', () => at('x'.repeat(300)), /too long for a file name/],
    ];

    it.each(kinds)('when it would be %s', async (_what, place, why) => {
      const path = place();
      const before = [names(), readFileSync(feed, 'utf8')];
      const refused = RejectsFile.open(path, feed);
      await expect(refused).rejects.toThrow(FeedRefusedError);
      await expect(refused).rejects.toThrow(why);
      expect([names(), readFileSync(feed, 'utf8')]).toEqual(before);
      expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    });
  });

  it('fails without a crash when the disk is full', async () => {
    const report = await RejectsFile.open(at('out.csv'), feed);
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    jest
      .spyOn((report as unknown as { file: { writeFile: () => unknown } }).file, 'writeFile')
      .mockRejectedValue(full as never);
    await report.add(REJECT);
    await expect(report.complete()).rejects.toThrow(/nothing was imported: .*the disk is full/);
    await report.discard();
    expect(names()).toEqual(['feed.tsv']);
  });
});
