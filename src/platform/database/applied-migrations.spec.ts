import { isMigratedByNewerBuild, refuseSchemaBeforeBaseline, SchemaTooOldError } from './applied-migrations.js';

const migration = (timestamp: number, what = 'CatalogAddNote') => ({ name: `${what}${timestamp}`, timestamp });
const BASELINE = migration(1_795_824_000_000, 'PlatformSchemasAndRoles');
const OURS = [BASELINE, migration(1_800_000_000_000)];

describe('a database that was made before the baseline', () => {
  it.each([[1_000_000_000_000], [1_795_823_999_999]])('is refused: %s', (timestamp) => {
    expect(() => refuseSchemaBeforeBaseline([BASELINE, migration(timestamp)])).toThrow(SchemaTooOldError);
  });

  it('is refused with what to do, and no other database is', () => {
    expect(() => refuseSchemaBeforeBaseline([migration(1)])).toThrow(/remove the data directory/);
    expect(() => refuseSchemaBeforeBaseline([])).not.toThrow();
    expect(() => refuseSchemaBeforeBaseline(OURS)).not.toThrow();
  });
});

describe('a database that a newer build has migrated', () => {
  it.each([
    ['an empty one', [], false],
    ['one with a part of our migrations', [BASELINE], false],
    ['one with all of them', OURS, false],
    ['one with a later migration', [...OURS, migration(1_900_000_000_000)], true],
    ['one with a migration that was merged late', [...OURS, migration(1_799_999_999_999)], true],
    ['one whose older migrations a baseline has replaced', [migration(1_700_000_000_000), ...OURS], false],
  ])('is recognised: %s', (_what, applied, isNewer) => {
    expect(isMigratedByNewerBuild(applied, OURS)).toBe(isNewer);
  });
});
