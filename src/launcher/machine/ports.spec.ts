import { createServer, type AddressInfo, type Server } from 'node:net';
import getPort from 'get-port';
import { reservePort } from './ports.js';

describe('the choice of a port', () => {
  let taken: Server;
  let takenPort: number;
  beforeEach(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    takenPort = (taken.address() as AddressInfo).port;
  });
  afterEach(() => new Promise<void>((resolve) => taken.close(() => resolve())));

  it('takes another one when the preferred one is taken', async () => {
    const reserved = await reservePort({ variable: 'PORT', asked: undefined, preferred: takenPort });
    await reserved.release();
    expect(reserved.port).not.toBe(takenPort);
    expect(reserved.explicit).toBe(false);
  });

  it('takes the preferred one when it is free', async () => {
    const preferred = await getPort();
    const reserved = await reservePort({ variable: 'PORT', asked: '', preferred });
    await reserved.release();
    expect(reserved.port).toBe(preferred);
  });

  it('refuses when the asked one is taken, naming the variable', async () => {
    await expect(reservePort({ variable: 'OPS_PORT', asked: String(takenPort), preferred: 1 })).rejects.toThrow(
      /OPS_PORT is \d+, but something else listens/,
    );
  });

  it.each(['abc', '-1', '65536', '80.5', '1e3'])('refuses %j as a port', async (asked) => {
    await expect(reservePort({ variable: 'PORT', asked, preferred: 1 })).rejects.toThrow(
      /PORT got .* wants a port number/,
    );
  });

  it('holds a port until it is released, so that two starts at once differ', async () => {
    const preferred = await getPort();
    const first = await reservePort({ variable: 'PORT', asked: undefined, preferred });
    const second = await reservePort({ variable: 'PORT', asked: undefined, preferred });
    await Promise.all([first.release(), second.release()]);
    expect(second.port).not.toBe(first.port);
  });
});
