import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { postToTarget, type TargetRequest } from './post-to-target.js';
import { TargetRefusedError, type ResolvedAddress } from './resolve-host.js';

const LOOPBACK: ResolvedAddress = { address: '127.0.0.1', family: 4 };

describe('postToTarget', () => {
  let server: Server;
  let port: number;
  let received: { headers: IncomingHttpHeaders; url: string | undefined; text: string }[] = [];
  let answer: (response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        received.push({ headers: request.headers, url: request.url, text });
        answer(response);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  });

  beforeEach(() => {
    received = [];
    answer = (response) => response.writeHead(204).end();
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  const post = (request: Partial<TargetRequest> = {}): ReturnType<typeof postToTarget> =>
    postToTarget({
      url: `http://partner.example:${port}/hooks?tenant=7`,
      headers: { 'content-type': 'application/json' },
      body: '{"ü":1}',
      policy: 'development',
      timeoutMs: 5_000,
      resolve: () => Promise.resolve([LOOPBACK]),
      ...request,
    });

  it('connects to the resolved address and sends the host of the URL', async () => {
    await expect(post()).resolves.toEqual({ statusCode: 204, retryAfter: undefined });
    expect(received).toEqual([
      {
        url: '/hooks?tenant=7',
        text: '{"ü":1}',
        headers: expect.objectContaining({
          host: `partner.example:${port}`,
          'content-length': '8',
        }) as IncomingHttpHeaders,
      },
    ]);
  });

  it('requests the certificate of the name, not of the address', async () => {
    const hello = new Promise<string>((resolve) => {
      const tls = createTcpServer((socket) => {
        socket.once('data', (chunk: Buffer) => {
          resolve(chunk.toString('latin1'));
          socket.destroy();
          tls.close();
        });
      });
      tls.listen(0, '127.0.0.1', () => {
        post({ url: `https://partner.example:${(tls.address() as AddressInfo).port}/` }).catch((error: Error) =>
          resolve(error.message),
        );
      });
    });
    expect(await hello).toContain('partner.example');
  });

  it('resolves the name once per call and evaluates every answer anew', async () => {
    const answers: ResolvedAddress[][] = [[LOOPBACK], [{ address: '169.254.169.254', family: 4 }]];
    let asked = 0;
    const resolve = (): Promise<ResolvedAddress[]> => Promise.resolve(answers[asked++] ?? []);
    await expect(post({ resolve })).resolves.toMatchObject({ statusCode: 204 });
    expect(asked).toBe(1);
    await expect(post({ resolve })).rejects.toBeInstanceOf(TargetRefusedError);
    expect(received).toHaveLength(1);
  });

  it.each(['169.254.169.254', '0.0.0.0', '::ffff:127.0.0.1', '100.64.0.1'])(
    'refuses a name with %s among its addresses, and connects to none',
    async (address) => {
      await expect(
        post({ resolve: () => Promise.resolve([LOOPBACK, { address, family: address.includes(':') ? 6 : 4 }]) }),
      ).rejects.toBeInstanceOf(TargetRefusedError);
      expect(received).toEqual([]);
    },
  );

  it('refuses our own network outside development, by address and by name', async () => {
    const refused = { policy: 'public-only', url: 'https://partner.example:8443/' } as const;
    for (const address of ['127.0.0.1', '10.0.0.7', '::1', 'fd12::1']) {
      await expect(
        post({ ...refused, resolve: () => Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]) }),
      ).rejects.toBeInstanceOf(TargetRefusedError);
    }
    await expect(post({ policy: 'public-only' })).rejects.toBeInstanceOf(TargetRefusedError);
    expect(received).toEqual([]);
  });

  it('resolves localhost without a name server', async () => {
    await expect(post({ url: `http://localhost:${port}/`, resolve: undefined })).resolves.toMatchObject({
      statusCode: 204,
    });
    await expect(post({ url: 'https://localhost/', policy: 'public-only', resolve: undefined })).rejects.toBeInstanceOf(
      TargetRefusedError,
    );
  });

  it('returns a redirect as the answer and does not follow it', async () => {
    answer = (response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    await expect(post()).resolves.toMatchObject({ statusCode: 302 });
    expect(received).toHaveLength(1);
  });

  it('returns the Retry-After of the answer', async () => {
    answer = (response) => response.writeHead(429, { 'retry-after': '120' }).end();
    await expect(post()).resolves.toEqual({ statusCode: 429, retryAfter: '120' });
  });

  it('rejects when no answer comes in time', async () => {
    answer = () => undefined;
    await expect(post({ timeoutMs: 100 })).rejects.toMatchObject({
      name: expect.stringMatching(/AbortError|TimeoutError/) as string,
    });
  });

  it('returns the status of an answer whose body never ends', async () => {
    answer = (response) => response.writeHead(200).write('and then');
    await expect(post({ timeoutMs: 300 })).resolves.toMatchObject({ statusCode: 200 });
  });

  it('cuts a body that is too long, without waiting for its end', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (response) => {
        response.once('close', resolve);
        response.writeHead(200).write(Buffer.alloc(10_000_000));
      };
    });
    await expect(post({ timeoutMs: 600_000 })).resolves.toMatchObject({ statusCode: 200 });
    await closed;
  });

  it('rejects a name without an address as not found', async () => {
    await expect(post({ resolve: () => Promise.resolve([]) })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
