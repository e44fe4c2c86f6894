import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainSystemError, shownPath } from './explain-system-error.js';
import { probeFreePort } from './ports.js';

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
};
const emittedBy = (emitter: NodeJS.EventEmitter): Promise<unknown> =>
  new Promise((resolve) => void emitter.once('error', resolve));

describe('what a system error means', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-explain-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('names the file that is missing, on one line', () => {
    const path = join(folder, 'two words\nand a line');
    expect(explainSystemError(thrownBy(() => readFileSync(path)))).toBe(`${JSON.stringify(path)} does not exist`);
  });

  it('names what is a folder, and what leads through a file', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(explainSystemError(thrownBy(() => writeFileSync(folder, '')))).toBe(`${folder} is a folder and no file`);
    expect(explainSystemError(thrownBy(() => readFileSync(join(folder, 'file/below'))))).toBe(
      `${folder}/file/below leads through something that is no folder`,
    );
  });

  it('names the address at which nothing answers, also below another error', async () => {
    const port = await probeFreePort();
    const error = await emittedBy(connect(port, '127.0.0.1'));
    const said = `nothing answers at 127.0.0.1:${port} (connection refused)`;
    expect(explainSystemError(error)).toBe(said);
    expect(explainSystemError(new Error('fetch failed', { cause: error }))).toBe(said);
    expect(explainSystemError(new AggregateError([error, error]))).toBe(said);
  });

  it('names the port that is taken', async () => {
    const [holder, second] = [createServer(), createServer()];
    await new Promise<void>((resolve) => void holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    const emitted = emittedBy(second);
    second.listen(port, '127.0.0.1');
    expect(explainSystemError(await emitted)).toBe(`127.0.0.1:${port} is taken by another process`);
    holder.close();
  });

  it.each([
    ['EACCES', '/x is not open to this user (permission denied)'],
    ['ENOSPC', '/x cannot be written: the disk is full'],
    ['EROFS', '/x is on a file system that is read-only'],
    ['ENAMETOOLONG', '/x is too long for a file name'],
  ])('says what %s is', (code, said) => {
    expect(explainSystemError(Object.assign(new Error(code), { code, path: '/x' }))).toBe(said);
  });

  it('leaves every other error to its message', () => {
    expect(explainSystemError(new Error('no code'))).toBeUndefined();
    expect(explainSystemError(Object.assign(new Error('SQL'), { code: '42P01' }))).toBeUndefined();
    expect(explainSystemError(null)).toBeUndefined();
  });

  it.each([
    ['/a/b.csv', '/a/b.csv'],
    ['/a/b c.csv', '"/a/b c.csv"'],
    ['/a/\u001b[31m', String.raw`"/a/\u001b[31m"`],
  ])('shows the path %j as %s', (path, shown) => {
    expect(shownPath(path)).toBe(shown);
  });
});
