import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  SignJWT,
  decodeJwt,
  decodeProtectedHeader,
  importPKCS8,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import { deriveKey } from '../../src/platform/config/index.js';
import { unseal } from '../../src/platform/identity/seal.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { newCustomer, signIn, type Person } from '../support/people.js';
import { runCli } from '../support/run-cli.js';
import { testServices } from '../support/services.js';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The product's own signing key, as an attacker with the database and the secret has it. */
async function stolenKey() {
  const { BULWARK_SECRET = '' } = JSON.parse(
    readFileSync(join(testServices().dataDir, 'credentials.json'), 'utf8'),
  ) as Record<string, string>;
  const [row] = await query<{ private_key_sealed: Buffer }>(
    'SELECT private_key_sealed FROM platform.signing_keys WHERE retired_at IS NULL',
  );
  const der = unseal(
    deriveKey(BULWARK_SECRET, 'identity/signing-key-seal/v1'),
    row?.private_key_sealed ?? Buffer.alloc(0),
  );
  return importPKCS8(`-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----`, 'ES256');
}

describe('access tokens', () => {
  let bulwark: Bulwark;
  let ada: Person;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({ WEB_WORKERS: '2' });
    ada = await newCustomer(bulwark.api);
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const me = (token: string) => bulwark.api.get<{ code: string; roles: string[] }>('/v1/me', { token });
  const jwks = async (): Promise<JWK[]> => (await bulwark.api.get<{ keys: JWK[] }>('/.well-known/jwks.json')).body.keys;
  const headerOf = (token: string): JWTHeaderParameters => decodeProtectedHeader(token) as JWTHeaderParameters;
  const expectRefused = async (token: string): Promise<void> => {
    expect(await me(token)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  };

  it('are asymmetric, name their key, and hold nothing personal', () => {
    expect(headerOf(ada.token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) as string });
    const claims = decodeJwt(ada.token);
    expect(Object.keys(claims).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect(claims).toMatchObject({
      sub: ada.accountId,
      iss: 'bulwark',
      aud: 'bulwark-api',
      exp: (claims.iat ?? 0) + 600,
    });
  });

  it('verify with the published keys, which show no private part', async () => {
    const keys = await jwks();
    expect(keys.map((key) => key.kid)).toContain(headerOf(ada.token).kid);
    for (const key of keys) expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  describe('that are forged', () => {
    const unsigned = (header: Record<string, unknown>): string =>
      `${base64url({ ...headerOf(ada.token), ...header })}.${base64url(decodeJwt(ada.token))}`;

    it.each(['none', 'None', 'NONE', 'nOnE'])('with the algorithm %s are refused', async (alg) => {
      await expectRefused(`${unsigned({ alg })}.`);
      await expectRefused(`${unsigned({ alg })}.${ada.token.split('.')[2]}`);
    });

    it('with a hash that is keyed with the public key are refused', async () => {
      const [jwk] = await jwks();
      const key = createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });
      for (const secret of [
        key.export({ format: 'pem', type: 'spki' }),
        key.export({ format: 'der', type: 'spki' }),
        JSON.stringify(jwk),
      ]) {
        const text = unsigned({ alg: 'HS256' });
        await expectRefused(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`);
      }
    });

    it.each([
      '../../../../../../dev/null',
      '/proc/self/environ',
      "' UNION SELECT 'x' --",
      "'; DROP TABLE platform.signing_keys; --",
      '__proto__',
      '',
      'x'.repeat(500),
    ])('with the key id %j are refused', async (kid) => {
      const text = unsigned({ alg: 'HS256', kid });
      await expectRefused(`${text}.${createHmac('sha256', '').update(text).digest('base64url')}`);
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      await expectRefused(
        await new SignJWT(decodeJwt(ada.token))
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
          .sign(privateKey),
      );
      expect(await me(ada.token)).toMatchObject({ status: 200 });
    });

    describe('with a key of their own', () => {
      let attacker: Server;
      let fetches = 0;

      beforeAll(async () => {
        attacker = createServer((_request, response) => {
          fetches++;
          response.end('{"keys":[]}');
        });
        await new Promise<void>((resolve) => {
          attacker.listen(0, '127.0.0.1', resolve);
        });
      });

      afterAll(() => {
        attacker.close();
      });

      it.each(['jwk', 'jku', 'x5u', 'x5c'])('in %s are refused, and nothing is fetched', async (where) => {
        const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const url = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}/jwks.json`;
        const brought = {
          jwk: publicKey.export({ format: 'jwk' }),
          jku: url,
          x5u: url,
          x5c: [publicKey.export({ format: 'der', type: 'spki' }).toString('base64')],
        }[where];
        for (const kid of [headerOf(ada.token).kid, 'mine']) {
          await expectRefused(
            await new SignJWT(decodeJwt(ada.token))
              .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, [where]: brought })
              .sign(privateKey),
          );
        }
        expect(fetches).toBe(0);
      });
    });

    it('with a truncated, empty or swapped signature are refused', async () => {
      const [header, body, signature = ''] = ada.token.split('.');
      const other = (await newCustomer(bulwark.api)).token.split('.');
      for (const token of [
        `${header}.${body}`,
        `${header}.${body}.`,
        `${header}.${body}.${signature.slice(0, 20)}`,
        `${header}.${body}.${signature.slice(0, -1)}`,
        `${header}.${body}.${Buffer.alloc(64).toString('base64url')}`,
        `${header}.${other[1]}.${signature}`,
      ]) {
        await expectRefused(token);
      }
    });

    it.each(['Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', 'bearer x.y.z'])(
      'in the header “%s” are refused',
      async (authorization) => {
        expect(await bulwark.api.get('/v1/me', { headers: { authorization } })).toMatchObject({ status: 401 });
      },
    );
  });

  it('of our own key are refused when time, issuer, audience, kind, session or account is wrong', async () => {
    const key = await stolenKey();
    const now = Math.floor(Date.now() / 1_000);
    const sign = (changes: JWTPayload, header: Partial<JWTHeaderParameters> = {}) =>
      new SignJWT({ ...decodeJwt(ada.token), ...changes })
        .setProtectedHeader({ ...headerOf(ada.token), ...header })
        .sign(key);
    expect(await me(await sign({}))).toMatchObject({ status: 200 });
    const wrong: JWTPayload[] = [
      { exp: now - 6 },
      { exp: undefined },
      { nbf: now + 600 },
      { iss: 'another-issuer' },
      { aud: 'another-api' },
      { aud: undefined },
      { sid: randomUUID() },
      { sub: randomUUID() },
      { sub: undefined },
    ];
    for (const changes of wrong) await expectRefused(await sign(changes));
    await expectRefused(await sign({}, { typ: 'JWT' }));
  });

  it('are refused after their expiry', async () => {
    const brief = await startBulwark({ ACCESS_TOKEN_TTL_SECONDS: '5' });
    try {
      const person = await signIn(brief.api, ada.email, ada.password);
      expect(await brief.api.get('/v1/me', { token: person.token })).toMatchObject({ status: 200 });
      await eventually(async () => (await brief.api.get('/v1/me', { token: person.token })).status === 401, 30_000);
      const renewed = await brief.api.post<{ accessToken: string }>('/v1/sessions/refresh', {
        refreshToken: person.refreshToken,
      });
      expect(await brief.api.get('/v1/me', { token: renewed.body.accessToken })).toMatchObject({ status: 200 });
    } finally {
      await brief.stop();
    }
  });

  it('are signed with a new key after a rotation, without a restart and without ending a session', async () => {
    const oldKid = headerOf(ada.token).kid;
    const { code, output } = await runCli('keys-rotate');
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/signed with the key [\w-]{43};/) as string,
    });
    const newKid = /key ([\w-]{43});/.exec(output)?.[1];
    expect(newKid).not.toBe(oldKid);
    const renewed = await eventually(async () => {
      const person = await signIn(bulwark.api, ada.email, ada.password);
      return headerOf(person.token).kid === newKid ? person : undefined;
    });
    // Each process answers some of these; neither may refuse a token because the other has signed it.
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => me(n % 2 === 0 ? renewed.token : ada.token)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await eventually(async () => expect((await jwks()).map((key) => key.kid)).toEqual([newKid, oldKid]) ?? true);
  });

  it('of a key whose overlap has ended are refused', async () => {
    await query("UPDATE platform.signing_keys SET retired_at = now() - interval '1 day' WHERE retired_at IS NOT NULL");
    await eventually(async () => (await me(ada.token)).status === 401);
    const renewed = await bulwark.api.post<{ accessToken: string }>('/v1/sessions/refresh', {
      refreshToken: ada.refreshToken,
    });
    expect(renewed.status).toBe(201);
    await eventually(async () => (await jwks()).length === 1);
    expect(await me(renewed.body.accessToken)).toMatchObject({ status: 200 });
  });

  describe('a role that an operator grants', () => {
    it('applies at once, in the open session', async () => {
      const person = await newCustomer(bulwark.api);
      const write = () => bulwark.api.post('/v1/items', {}, { token: person.token });
      expect(await write()).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      const { code, output } = await runCli('account-grant', [person.email.toUpperCase(), 'merchandiser']);
      expect({ code, output }).toMatchObject({
        code: 0,
        output: expect.stringContaining('customer, merchandiser') as string,
      });
      expect(await write()).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
      expect((await me(person.token)).body.roles).toEqual(['customer', 'merchandiser']);
    });

    it.each([
      [['unknown@example.com', 'finance'], 1, /^There is no account with the address unknown@example\.com\. [^\n]*\n$/],
      [['unknown@example.com', 'root'], 2, /^Command-argument value 'root' is invalid[^\n]*--help"\.\n$/],
      [['unknown@example.com'], 2, /^Missing required argument 'role'\. See [^\n]*\n$/],
      [[], 2, /^Missing required argument 'email'\. See [^\n]*\n$/],
    ])('is not granted by %j', async (args, code, line) => {
      const answer = await runCli('account-grant', args);
      expect(answer).toEqual({ code, output: expect.stringMatching(line) as string });
    });

    it('is not granted by a claim in the token', async () => {
      const person = await newCustomer(bulwark.api);
      const token = await new SignJWT({
        ...decodeJwt(person.token),
        roles: ['finance', 'merchandiser'],
        role: 'merchandiser',
      })
        .setProtectedHeader(headerOf(person.token))
        .sign(await stolenKey());
      expect(await bulwark.api.post('/v1/items', {}, { token })).toMatchObject({ status: 403 });
    });
  });
});
