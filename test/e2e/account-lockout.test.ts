import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { sendFrom, type AddressedAnswer } from '../support/from-address.js';
import { newCustomer, type Person } from '../support/people.js';

const WRONG = 'certainly not the password';
/** Headers with which a client may claim another address. */
const ADDRESS_HEADERS = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
];

function claiming(address: string): Record<string, string> {
  return Object.fromEntries(ADDRESS_HEADERS.map((name) => [name, name === 'forwarded' ? `for=${address}` : address]));
}

const logInFrom = (
  bulwark: Bulwark,
  address: string,
  email: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<AddressedAnswer> =>
  sendFrom(address, `${bulwark.url}/v1/sessions`, { method: 'POST', body: { email, password }, headers });

/** Addresses of this machine that no other test has used. */
let lastAddress = 0;
function newAddress(): string {
  lastAddress++;
  return `127.20.${lastAddress >> 8}.${lastAddress & 255}`;
}

describe('failed logins', () => {
  beforeAll(freshStart);

  describe('of an account', () => {
    let bulwark: Bulwark;
    let ada: Person;

    beforeAll(async () => {
      bulwark = await startBulwark({ WEB_WORKERS: '2' });
    });

    beforeEach(async () => {
      ada = await newCustomer(bulwark.api);
    });

    afterAll(async () => {
      await bulwark?.stop();
    });

    const guess = (email: string, password = WRONG, headers: Record<string, string> = {}) =>
      logInFrom(bulwark, newAddress(), email, password, headers);
    const failThrice = async (email: string): Promise<void> => {
      for (let tries = 0; tries < 3; tries++)
        expect(await guess(email)).toMatchObject({ status: 401, code: 'invalid_credentials' });
    };

    it.each([
      ['known', () => ada.email],
      ['unknown', () => `${randomUUID()}@example.com`],
    ])(
      'that is %s block it from the third on, from any address, even for the right password',
      async (_what, emailOf) => {
        const email = emailOf();
        await failThrice(email);
        const refused = await guess(email, ada.password);
        expect(refused).toMatchObject({
          status: 429,
          code: 'login_backoff',
          headers: {
            'retry-after': '1',
            'content-type': expect.stringContaining('application/problem+json') as string,
          },
        });
      },
    );

    it('accept the right password after the block, which resets the count', async () => {
      await failThrice(ada.email);
      await eventually(async () => (await guess(ada.email, ada.password)).status === 201);
      await failThrice(ada.email);
    });

    it('block for longer each time', async () => {
      await failThrice(ada.email);
      await eventually(async () => (await guess(ada.email)).status === 401);
      expect(await guess(ada.email)).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
      await eventually(async () => (await guess(ada.email)).status === 401);
      expect(await guess(ada.email)).toMatchObject({
        status: 429,
        headers: { 'retry-after': expect.stringMatching(/^[34]$/) as string },
      });
    });

    it('in parallel reach the hash no more often than in sequence', async () => {
      const begunMs = Date.now();
      const answers = await Promise.all(Array.from({ length: 50 }, () => guess(ada.email)));
      const lastedSeconds = (Date.now() - begunMs) / 1_000;
      const reached = answers.filter(({ status }) => status === 401).length;
      // Three, and one more for each block of 1 s, 2 s, 4 s … that has passed meanwhile on a slow machine.
      expect(reached).toBeGreaterThanOrEqual(1);
      expect(reached).toBeLessThanOrEqual(3 + Math.floor(Math.log2(1 + lastedSeconds)));
      expect(answers.filter(({ status, code }) => status === 429 && code === 'login_backoff')).toHaveLength(
        50 - reached,
      );
    });

    it('are counted for all spellings of its address together', async () => {
      const [name = '', host = ''] = ada.email.split('@');
      const spellings = [ada.email, ada.email.toUpperCase(), `${name}@${host.toUpperCase()}`];
      for (const email of spellings) expect(await guess(email)).toMatchObject({ status: 401 });
      expect(await guess(ada.email)).toMatchObject({ status: 429 });
    });

    it('do not block other accounts', async () => {
      await failThrice(ada.email);
      const grace = await newCustomer(bulwark.api);
      expect(await guess(grace.email, grace.password)).toMatchObject({ status: 201 });
    });

    it('are counted in metrics', async () => {
      await failThrice(ada.email);
      await guess(ada.email);
      await eventually(async () => {
        const text = await (await fetch(`${bulwark.opsUrl}/metrics`)).text();
        return (
          /bulwark_login_attempts_total\{outcome="failed"\} [1-9]/.test(text) &&
          /bulwark_login_attempts_total\{outcome="blocked"\} [1-9]/.test(text) &&
          /bulwark_throttled_total\{layer="account"\} [1-9]/.test(text)
        );
      });
    });

    it('put no mail address into the logs', async () => {
      await failThrice(ada.email);
      expect(bulwark.logs()).not.toContain(ada.email);
    });

    describe('do not lock out a device that has logged in before', () => {
      const deviceOf = async (person: Person): Promise<string> => {
        const answer = await guess(person.email, person.password);
        return /bulwark_device=[\w.-]+/.exec(String(answer.headers['set-cookie']))?.[0] ?? '';
      };

      it('when others fail', async () => {
        const cookie = await deviceOf(ada);
        await failThrice(ada.email);
        expect(await guess(ada.email, ada.password)).toMatchObject({ status: 429 });
        expect(await guess(ada.email, ada.password, { cookie })).toMatchObject({ status: 201 });
        expect(await guess(ada.email, ada.password, { cookie: `theme=dark; ${cookie}; other=1` })).toMatchObject({
          status: 201,
        });
      });

      it('but block that device when it fails itself', async () => {
        const cookie = await deviceOf(ada);
        for (let tries = 0; tries < 3; tries++)
          expect(await guess(ada.email, WRONG, { cookie })).toMatchObject({ status: 401 });
        expect(await guess(ada.email, ada.password, { cookie })).toMatchObject({ status: 429, code: 'login_backoff' });
        expect(await guess(ada.email, ada.password)).toMatchObject({ status: 201 });
      });

      it('unless it is the device of another account, or its cookie is forged', async () => {
        const eve = await newCustomer(bulwark.api);
        const ofEve = await deviceOf(eve);
        const [id = '', signature = ''] = (await deviceOf(ada)).replace('bulwark_device=', '').split('.');
        await failThrice(ada.email);
        const forged = [
          `bulwark_device=${randomUUID()}.${signature}`,
          `bulwark_device=${id}.${'A'.repeat(43)}`,
          `bulwark_device=${id}.`,
          'bulwark_device=',
          `bulwark_device=${id}`,
        ];
        for (const cookie of [ofEve, ...forged])
          expect(await guess(ada.email, ada.password, { cookie })).toMatchObject({
            status: 429,
            code: 'login_backoff',
          });
      });
    });
  });

  describe('of an address', () => {
    let bulwark: Bulwark;
    let ada: Person;

    beforeAll(async () => {
      bulwark = await startBulwark({ LOGIN_ADDRESS_REFUSE_FROM: '5', WEB_WORKERS: '2' });
      ada = await newCustomer(bulwark.api);
    });

    afterAll(async () => {
      await bulwark?.stop();
    });

    const stuff = (address: string, times: number, headersOf: (n: number) => Record<string, string> = () => ({})) =>
      Promise.all(
        Array.from({ length: times }, (_, n) =>
          logInFrom(bulwark, address, `${randomUUID()}@example.com`, WRONG, headersOf(n)),
        ),
      );
    const statuses = (answers: AddressedAnswer[]): Record<number, number> =>
      Object.fromEntries(
        [401, 429].map((status) => [status, answers.filter((answer) => answer.status === status).length]),
      );

    it('over many accounts are refused from the bound on, also with the right password; others are not', async () => {
      const address = newAddress();
      expect(statuses(await stuff(address, 20))).toEqual({ 401: 4, 429: 16 });
      const refused = await logInFrom(bulwark, address, ada.email, ada.password);
      expect(refused).toMatchObject({ status: 429, code: 'rate_limited' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(900);
      expect(await logInFrom(bulwark, newAddress(), ada.email, ada.password)).toMatchObject({ status: 201 });
    });

    it('are counted for the address of the connection, whatever a header claims', async () => {
      const answers = await stuff(newAddress(), 30, (n) => claiming(`203.0.113.${n}`));
      expect(statuses(answers)).toEqual({ 401: 4, 429: 26 });
    });

    it('stay counted after right logins in between', async () => {
      const address = newAddress();
      const own = await newCustomer(bulwark.api);
      for (let n = 0; n < 4; n++) {
        expect(await logInFrom(bulwark, address, own.email, own.password)).toMatchObject({ status: 201 });
        expect(statuses(await stuff(address, 1))).toEqual({ 401: 1, 429: 0 });
      }
      expect(statuses(await stuff(address, 3))).toEqual({ 401: 0, 429: 3 });
    });

    it('do not block an address whose logins succeed', async () => {
      const address = newAddress();
      for (let n = 0; n < 10; n++)
        expect(await logInFrom(bulwark, address, ada.email, ada.password)).toMatchObject({ status: 201 });
    });
  });

  describe('behind a trusted proxy', () => {
    const PROXY = '127.30.0.1';
    let bulwark: Bulwark;

    beforeAll(async () => {
      bulwark = await startBulwark({ LOGIN_ADDRESS_REFUSE_FROM: '3', TRUSTED_PROXIES: PROXY });
    });

    afterAll(async () => {
      await bulwark?.stop();
    });

    const failFrom = (address: string, forwardedFor: string) =>
      logInFrom(bulwark, address, `${randomUUID()}@example.com`, WRONG, { 'x-forwarded-for': forwardedFor });
    const failAll = async (address: string, forwarded: string[]): Promise<number[]> => {
      const answers: number[] = [];
      for (const one of forwarded) answers.push((await failFrom(address, one)).status);
      return answers;
    };

    it('are counted for each client that the proxy names', async () => {
      expect(await failAll(PROXY, ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2'])).toEqual([
        401, 401, 429, 401,
      ]);
    });

    it('are counted for the client that the proxy appended, not for what the client wrote before it', async () => {
      expect(
        await failAll(PROXY, ['1.1.1.1, 203.0.113.3', '2.2.2.2, 203.0.113.3', `3.3.3.3, ${PROXY}, 203.0.113.3`]),
      ).toEqual([401, 401, 429]);
    });

    it('are counted for a neighbour of the proxy by its own address, whatever it writes', async () => {
      expect(await failAll('127.30.0.2', ['203.0.113.10', '203.0.113.11', '203.0.113.12', PROXY])).toEqual([
        401, 401, 429, 429,
      ]);
    });

    it('ignore other headers of the proxy', async () => {
      const { 'x-forwarded-for': _left, ...others } = claiming('203.0.113.20');
      const answers: number[] = [];
      for (let n = 0; n < 3; n++)
        answers.push(
          (
            await logInFrom(bulwark, PROXY, `${randomUUID()}@example.com`, WRONG, {
              ...others,
              'x-real-ip': `203.0.113.${20 + n}`,
            })
          ).status,
        );
      expect(answers).toEqual([401, 401, 429]);
    });
  });

  it('leave no mail address in the outbox', async () => {
    expect(await query("SELECT 1 FROM platform.outbox held WHERE strpos(held::text, '@example.com') > 0")).toEqual([]);
  });
});
