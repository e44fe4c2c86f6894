import fc from 'fast-check';
import { sessionStateOf, strangeStartupParameters } from '../support/sql/session-state.js';
import { tokensOf } from '../support/sql/tokens.js';

/** Each of these is session state, wherever it stands. */
const STATEFUL = [
  "SET statement_timeout = '1s'",
  'SET SESSION work_mem TO 1',
  'SET ROLE bulwark_catalog',
  'SET SESSION AUTHORIZATION bulwark_app',
  "SET TIME ZONE 'UTC'",
  'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
  'RESET ALL',
  'RESET work_mem',
  'DISCARD ALL',
  'LISTEN changes',
  'UNLISTEN *',
  'PREPARE one AS SELECT 1',
  'EXECUTE one',
  'DEALLOCATE ALL',
  "LOAD 'auto_explain'",
  'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
  'SELECT pg_advisory_lock(1)',
  'SELECT pg_try_advisory_lock(1, 2)',
  'SELECT pg_advisory_lock_shared ($1)',
  'SELECT pg_catalog.pg_advisory_unlock_all()',
  'CREATE TEMP TABLE t (a int)',
  'CREATE LOCAL TEMPORARY TABLE t (a int) ON COMMIT DELETE ROWS',
  'CREATE OR REPLACE TEMP VIEW v AS SELECT 1',
  'CREATE TEMP SEQUENCE s',
  'CREATE TABLE pg_temp.t (a int)',
  'SELECT 1 AS a INTO TEMP t',
  "SELECT set_config('work_mem', '1MB', false)",
  "SELECT set_config('work_mem', $1, $2)",
  "SELECT set_config('a', concat('x', ','), (false))",
  'DO $$ BEGIN PERFORM pg_advisory_lock(1); END $$',
  "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN IF true THEN SET work_mem = '1MB'; END IF; END $f$",
];

/** None of these is, inside a transaction. */
const STATELESS = [
  "SET LOCAL statement_timeout = '1s'",
  'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'SET CONSTRAINTS ALL DEFERRED',
  'SELECT pg_advisory_xact_lock(1)',
  'SELECT pg_try_advisory_xact_lock(1)',
  'CREATE TEMP TABLE t (a int) ON COMMIT DROP',
  'CREATE TABLE temp (a int)',
  'DECLARE c CURSOR FOR SELECT 1',
  'DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1',
  'NOTIFY changes',
  "SELECT set_config('work_mem', '1MB', true)",
  "SELECT set_config('work_mem', $1, 'true'::bool)",
  'UPDATE t SET a = 1',
  'INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2',
  'ALTER ROLE r SET work_mem = 1',
  "COMMENT ON TABLE t IS 'LISTEN; SET a = 1'",
  'SELECT 1 -- ; SET a = 1',
  'SELECT /* ; LISTEN a; /* nested */ RESET ALL; */ 1',
  'SELECT "set", listen FROM t',
  "DO $$ DECLARE n int; BEGIN EXECUTE 'SELECT 1'; UPDATE t SET a = 1; END $$",
  'CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = a AS $$ SELECT 1 $$',
  "SELECT 'pg_advisory_lock(1)'",
];

describe('what counts as session state', () => {
  it.each(STATEFUL)('%s', (sql) => {
    expect(sessionStateOf(sql, true)).not.toEqual([]);
  });

  it.each(STATELESS)('not: %s', (sql) => {
    expect(sessionStateOf(sql, true)).toEqual([]);
  });

  it('SET LOCAL outside a transaction, which does nothing', () => {
    expect(sessionStateOf('SET LOCAL work_mem = 1', false)).toHaveLength(1);
    expect(sessionStateOf('BEGIN; SET LOCAL work_mem = 1; COMMIT', false)).toEqual([]);
    expect(sessionStateOf('BEGIN; COMMIT; SET LOCAL work_mem = 1', false)).toHaveLength(1);
    expect(sessionStateOf('ROLLBACK TO SAVEPOINT a; SET LOCAL work_mem = 1', true)).toEqual([]);
  });

  it('startup parameters other than those that the pooler keeps for each client', () => {
    expect(
      strangeStartupParameters({ user: 'a', database: 'b', application_name: 'c', client_encoding: 'UTF8' }),
    ).toEqual([]);
    expect(strangeStartupParameters({ user: 'a', statement_timeout: '1', options: '-c a=b' })).toEqual([
      'statement_timeout',
      'options',
    ]);
  });
});

const noise = fc.constantFrom(' ', '\n', '\t', '-- SET a = 1;\n', '/* LISTEN a; */', '/* /* RESET */ ; */', '');
const harmless = fc.constantFrom(...STATELESS.filter((sql) => !sql.includes('--')), '', "SELECT ';'");

describe('of any script', () => {
  it('the pieces are the whole text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom(...STATEFUL, ...STATELESS, "'", '"', '$$', '$a$', '/*', '*/', '--', '\\', ';', "E'"),
            fc.string(),
          ),
          { maxLength: 8 },
        ),
        (parts) => {
          const sql = parts.join('');
          expect(
            tokensOf(sql)
              .map(({ text }) => text)
              .join(''),
          ).toBe(sql);
        },
      ),
    );
  });

  it('session state is found among other statements, in any case, with comments around it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STATEFUL),
        fc.array(harmless, { maxLength: 4 }),
        fc.array(harmless, { maxLength: 4 }),
        noise,
        fc.func(fc.boolean()),
        (stateful, before, after, padding, upper) => {
          const written = tokensOf(stateful)
            .map(({ kind, text }) =>
              kind === 'word' && upper(text)
                ? text.toUpperCase()
                : kind === 'word'
                  ? text.toLowerCase()
                  : kind === 'space'
                    ? ` ${padding} `
                    : text,
            )
            .join('');
          expect(
            sessionStateOf([...before, `${padding}${written}`, ...after].join(';\n'), true).length,
          ).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('text in quotes is never a statement', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STATEFUL.filter((sql) => !sql.includes('$'))),
        fc.constantFrom("'", '"'),
        (stateful, quote) => {
          expect(
            sessionStateOf(
              `SELECT 1 AS a, ${quote}${stateful.replaceAll(quote, quote + quote)}${quote}; SELECT 2`,
              true,
            ),
          ).toEqual([]);
        },
      ),
    );
  });

  it('no text makes the check throw', () => {
    fc.assert(fc.property(fc.string(), fc.boolean(), (sql, open) => Array.isArray(sessionStateOf(sql, open))));
  });
});
