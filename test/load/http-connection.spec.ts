import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HttpConnection, type Answer } from './http-connection.js';

/** A server that answers each request with the given pieces, so that chunks fall where the test wants them. */
async function serve(pieces: readonly string[]): Promise<{ server: Server; url: URL }> {
  const server = createServer((socket: Socket) => {
    socket.setNoDelay(true);
    socket.on('data', () => {
      let delayed = Promise.resolve();
      for (const piece of pieces)
        delayed = delayed.then(
          () => new Promise((resolve) => socket.write(piece, 'latin1', () => setImmediate(resolve))),
        );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

async function exchange(pieces: readonly string[], times: number): Promise<Answer[]> {
  const { server, url } = await serve(pieces);
  const answers: Answer[] = [];
  const request = 'GET / HTTP/1.1\r\n\r\n';
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const connection = new HttpConnection(url, {
    answered: (same, answer) => {
      answers.push(answer);
      if (answers.length === times) finish();
      else same.send(request, 1, false);
    },
    broken: () => finish(),
  });
  await connection.open();
  connection.send(request, 1, false);
  await finished;
  connection.drop();
  server.close();
  return answers;
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: "a"\r\nCache-Status: memory; hit; ttl=2\r\n\r\n';
const EXPECTED = { status: 200, cacheStatus: 'memory; hit; ttl=2', tag: '"a"' };

describe('HttpConnection', () => {
  it.each([
    ['in one piece', [`${HEAD}0123456789`]],
    ['cut inside the head', [HEAD.slice(0, 30), `${HEAD.slice(30)}0123456789`]],
    ['cut inside the end of the head', [HEAD.slice(0, -2), `${HEAD.slice(-2)}0123456789`]],
    ['cut inside the body', [`${HEAD}012`, '345', '6789']],
  ])('reads answer after answer that comes %s', async (_, pieces) => {
    expect(await exchange(pieces, 3)).toEqual([EXPECTED, EXPECTED, EXPECTED]);
  });

  it('expects no body with 304', async () => {
    const answers = await exchange(['HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'], 2);
    expect(answers.map(({ status }) => status)).toEqual([304, 304]);
  });
});
