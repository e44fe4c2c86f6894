import { basic, ControlServer, PROMOTE_PATH } from './control-server.js';

describe('the door for commands', () => {
  let finish: (line: string) => void;
  let fail: (error: Error) => void;
  let server: ControlServer;
  const promote = jest.fn(
    () =>
      new Promise<string>((resolve, reject) => {
        [finish, fail] = [resolve, reject];
      }),
  );

  beforeEach(async () => {
    promote.mockClear();
    server = new ControlServer(promote);
    await server.listen();
  });
  afterEach(async () => {
    finish?.('The end of the test.');
    await server.close();
  });

  const ask = async (token?: string, method = 'POST', path = PROMOTE_PATH) => {
    const { origin, password } = new URL(server.url);
    const headers = { Authorization: basic('supervisor', token ?? password) };
    const answer = await fetch(`${origin}${path}`, { method, headers });
    return { status: answer.status, ...((await answer.json()) as { message: string }) };
  };
  const untilAsked = async (times = 1): Promise<void> => {
    while (promote.mock.calls.length < times) await new Promise(setImmediate);
  };

  it('answers with the line of the command', async () => {
    const answer = ask();
    await untilAsked();
    finish('postgres-2 is the primary now.');
    expect(await answer).toEqual({ status: 200, message: 'postgres-2 is the primary now.' });
  });

  it('answers with the reason when it is refused, and takes the next one', async () => {
    const refused = ask();
    await untilAsked();
    fail(new Error('There is no replica.'));
    expect(await refused).toEqual({ status: 409, message: 'There is no replica.' });
    const second = ask();
    await untilAsked(2);
    finish('Done.');
    expect((await second).status).toBe(200);
  });

  it('takes one command at a time', async () => {
    const first = ask();
    await untilAsked();
    expect(await ask()).toEqual({ status: 409, message: 'A switchover is under way already.' });
    finish('Done.');
    expect((await first).status).toBe(200);
    expect(promote).toHaveBeenCalledTimes(1);
  });

  it('does nothing without the token of this very start', async () => {
    expect((await ask('')).status).toBe(401);
    expect((await ask('x'.repeat(43))).status).toBe(401);
    expect(promote).not.toHaveBeenCalled();
  });

  it.each([
    ['GET', PROMOTE_PATH],
    ['POST', '/'],
  ])('knows no %s %s', async (method, path) => {
    expect((await ask(undefined, method, path)).status).toBe(404);
    expect(promote).not.toHaveBeenCalled();
  });

  it('lets the running command come to its end before it closes', async () => {
    const answer = ask();
    await untilAsked();
    let closed = false;
    const closing = server.close().then(() => (closed = true));
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    finish('Done.');
    await closing;
    expect((await answer).message).toBe('Done.');
  });
});
