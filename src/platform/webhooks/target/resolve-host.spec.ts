import { createSocket, type Socket } from 'node:dgram';
import { resolveTarget, resolveName, TargetRefusedError } from './resolve-host.js';

describe('resolveName', () => {
  let nameServer: Socket;
  let questions = 0;

  beforeAll(async () => {
    nameServer = createSocket('udp4');
    nameServer.on('message', () => questions++);
    await new Promise<void>((resolve) => {
      nameServer.bind(0, '0.0.0.0', resolve);
    });
  });

  afterAll(() => {
    nameServer.close();
  });

  it('stops waiting for name servers that do not answer, however many there are', async () => {
    const servers = Array.from({ length: 9 }, (_, index) => `127.0.0.${index + 1}:${nameServer.address().port}`);
    await expect(resolveName('partner.example', servers)).resolves.toEqual([]);
    expect(questions).toBeGreaterThan(0);
  }, 8_000);

  it('resolves localhost to this machine without a name server', async () => {
    await expect(resolveName('deep.localhost', [])).resolves.toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });
});

describe('resolveTarget', () => {
  const target = { url: new URL('https://partner.example'), host: 'partner.example', isAddress: false, port: 443 };

  it('returns every allowed address of a name', async () => {
    const found = [
      { address: '8.8.8.8', family: 4 as const },
      { address: '2606:4700::1111', family: 6 as const },
    ];
    await expect(resolveTarget(target, 'public-only', () => Promise.resolve(found))).resolves.toEqual(found);
  });

  it('refuses a name when one of its addresses is not allowed', async () => {
    const found = [
      { address: '8.8.8.8', family: 4 as const },
      { address: 'fd00:ec2::254', family: 6 as const },
    ];
    await expect(resolveTarget(target, 'development', () => Promise.resolve(found))).rejects.toBeInstanceOf(
      TargetRefusedError,
    );
  });
});
