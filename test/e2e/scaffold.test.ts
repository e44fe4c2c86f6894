import { execFile, type ExecFileException } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT } from '../support/source-files.js';

/** A quiet machine takes a tenth of it. */
const STEP_MAX_MS = 600_000;
const OUTPUT_MAX = 64 * 1024 * 1024;
const NOT_COPIED = new Set(['node_modules', '.git', '.bulwark', 'reports', 'coverage']);

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A copy of the working tree, so that what is generated never stands in it. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'bulwark-scaffold-'));
  cpSync(ROOT, copy, {
    recursive: true,
    preserveTimestamps: true,
    filter: (source) => !NOT_COPIED.has(relative(ROOT, source).split('/')[0] ?? ''),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

describe('npm run new', () => {
  let copy: string;

  beforeAll(() => {
    copy = copyTree();
  });

  afterAll(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  const run = (program: string, ...args: string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(
        program,
        args,
        { cwd: copy, timeout: STEP_MAX_MS, maxBuffer: OUTPUT_MAX },
        (error: ExecFileException | null, stdout, stderr) =>
          resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` }),
      );
    });
  const create = (...args: string[]): Promise<Outcome> => run(process.execPath, 'scaffold/new.mjs', ...args);
  const bin = (name: string, ...args: string[]): Promise<Outcome> =>
    run(process.execPath, join(ROOT, 'node_modules/.bin', name), ...args);
  const files = (): Map<string, string> =>
    new Map(
      ['src', 'migrations', 'test'].flatMap((folder) =>
        readdirSync(join(copy, folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((path) => [relative(copy, path), readFileSync(path, 'utf8')] as const),
      ),
    );

  describe('refuses with 2, in one line, and writes nothing:', () => {
    let before: Map<string, string>;

    beforeAll(() => {
      before = files();
    });

    it.each([
      ['nothing to write', [], /^Name what to write/],
      ['an unknown kind', ['command', 'account', 'close-account'], /^Name what to write/],
      ['an unknown context', ['use-case', 'shipping', 'send-parcel'], /^There is no context "shipping"; there are /],
      ['a context out of the tree', ['use-case', '../platform', 'send-parcel'], /^There is no context/],
      ['a name in camel case', ['use-case', 'account', 'closeAccount'], /is not in kebab-case/],
      ['a name with a path', ['use-case', 'account', '../close-account'], /is not in kebab-case/],
      ['an empty name', ['use-case', 'account', ''], /is not in kebab-case/],
      ['a name of one word', ['use-case', 'account', 'close'], /is one word/],
      ['a name that is too long', ['use-case', 'account', `close-${'a'.repeat(40)}`], /is longer than 40 characters/],
      ['a use case that exists', ['use-case', 'account', 'grant-role'], /grant-role\.ts exists already\./],
      ['a use case that exists below', ['use-case', 'account', 'log-in'], /^There is LogIn already, in src\/modules/],
      ['a name that it has to import', ['use-case', 'account', 'context-database'], /has to import/],
      ['an operation that exists', ['endpoint', 'payments', 'change-password'], /^There is ChangePassword already/],
      [
        'a route that exists',
        ['endpoint', 'payments', 'make-offer', '--path', 'v1/payments'],
        /^There is the route POST \/v1\/payments already/,
      ],
      ['a path that is no path', ['endpoint', 'payments', 'make-offer', '--path', '/v1/Offers/'], /^The path "/],
      ['a method of its own', ['endpoint', 'payments', 'make-offer', '--method', 'head'], /Allowed choices are get/],
      ['an event that exists', ['event', 'payments', 'payment-captured'], /exists already/],
      ['a migration that exists', ['migration', 'payments', 'baseline'], /payments-baseline\.ts exists already\./],
      ['a missing name', ['migration', 'payments'], /^Missing required argument 'name'/],
      ['an unknown option', ['migration', 'payments', 'offers', '--force'], /^Unknown option '--force'/],
    ])('%s', async (_what, args, line) => {
      const { code, output } = await create(...args);
      expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
      expect(output).toMatch(line);
      expect(files()).toEqual(before);
    });
  });

  it('shows its help', async () => {
    expect(await create('--help')).toMatchObject({ code: 0, output: expect.stringMatching(/^Usage: npm run new --/) });
    expect(await create('endpoint', '--help')).toMatchObject({ code: 0, output: expect.stringContaining('--method') });
  });

  describe('writes each kind', () => {
    const suites: string[] = [];

    it('and never overwrites it', async () => {
      for (const args of [
        ['use-case', 'catalog', 'rename-brand'],
        ['use-case', 'payments', 'count-payments', '--read'],
        ['endpoint', 'account', 'add-note', '--path', 'v1/me/notes'],
        ['endpoint', 'payments', 'read-limits', '--method', 'get', '--role', 'finance'],
        ['endpoint', 'account', 'forget-note', '--method', 'delete', '--path', 'v1/me/notes'],
        ['event', 'payments', 'limit-reached', '--aggregate', 'account'],
        ['migration', 'account', 'notes'],
      ]) {
        const { code, output } = await create(...args);
        expect({ args, code, output }).toMatchObject({ args, code: 0 });
        suites.push(/npm test -- (\S+)/.exec(output)?.[1] ?? 'none');
        expect(await create(...args)).toMatchObject({ code: 2 });
      }
    });

    it(
      'formatted, without a finding of the linters, the compiler, the boundaries and the house rules',
      async () => {
        const [formatting, lint, types, boundaries] = await Promise.all([
          bin('prettier', '--check', '--log-level', 'warn', 'src/modules', 'migrations', 'test'),
          bin('oxlint', '--deny-warnings', 'src', 'migrations', 'test'),
          bin('tsc', '--noEmit', '-p', 'test/tsconfig.json'),
          bin('depcruise', '--config', '.dependency-cruiser.mjs', 'src', 'migrations'),
        ]);
        expect({ formatting, lint, types, boundaries }).toMatchObject({
          formatting: { code: 0 },
          lint: { code: 0 },
          types: { code: 0 },
          boundaries: { code: 0 },
        });
      },
      STEP_MAX_MS,
    );

    it(
      'with suites that pass, beside the house rules',
      async () => {
        const patterns = [...suites, 'self-lint', 'old-words', 'consumer-imports', 'architecture/migrations'];
        const { code, output } = await bin('jest', '--testPathPatterns', ...patterns);
        expect({ code, output }).toMatchObject({ code: 0 });
        for (const suite of suites) expect(output).toMatch(new RegExp(`PASS .*${suite}`));
      },
      STEP_MAX_MS,
    );
  });
});
