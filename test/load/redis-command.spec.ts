import { createServer, type AddressInfo, type Server } from 'node:net';
import { flushRedis, keysIn, redisFigure } from './redis-command.js';

describe('redisCommand', () => {
  let server: Server;
  let received: string;

  /** Answers what a Redis would, when the whole of the request has come. */
  const listen = async (answer: string): Promise<number> => {
    received = '';
    server = createServer((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (received.endsWith('QUIT\r\n')) socket.end(answer);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return (server.address() as AddressInfo).port;
  };

  afterEach(() => {
    server.close();
  });

  it('signs in first when the address has a password', async () => {
    const port = await listen('+OK\r\n:42\r\n+OK\r\n');
    expect(await keysIn(`redis://:se%20cret@127.0.0.1:${port}`)).toBe(42);
    expect(received).toBe('AUTH se cret\r\nDBSIZE\r\nQUIT\r\n');
  });

  it('finds a figure in INFO', async () => {
    const port = await listen('$40\r\n# Stats\r\nevicted_keys:7\r\nused_memory:9\r\n\r\n+OK\r\n');
    expect(await redisFigure(`redis://127.0.0.1:${port}`, 'evicted_keys')).toBe(7);
  });

  it('repeats what the server refuses', async () => {
    const port = await listen('-NOPERM no\r\n+OK\r\n');
    await expect(flushRedis(`redis://127.0.0.1:${port}`)).rejects.toThrow(/FLUSHALL: -NOPERM no/);
  });
});
