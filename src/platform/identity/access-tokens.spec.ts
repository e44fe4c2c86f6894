import { createHmac, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { SignJWT, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';
import type { Config } from '../config/index.js';
import { AccessTokens } from './access-tokens.js';
import type { SigningKey, SigningKeys } from './signing-keys.js';

/** The fleet's keys without their table: the newest first. */
class KeyRing {
  constructor(readonly keys: SigningKey[]) {}

  async current(): Promise<SigningKey | undefined> {
    return this.keys[0];
  }

  async find(kid: string): Promise<SigningKey | undefined> {
    return this.keys.find((key) => key.kid === kid);
  }
}

function newKey(kid: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, publicJwk: publicKey.export({ format: 'jwk' }) as JWK, publicKey, privateKey };
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('AccessTokens', () => {
  const claims = { accountId: randomUUID(), sessionId: randomUUID() };
  const key = newKey('key-1');
  const ring = new KeyRing([key]);
  const tokens = new AccessTokens(
    { identity: { accessTokenTtlSeconds: 600 } } as Config,
    ring as unknown as SigningKeys,
  );
  const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

  const payload = (changes: JWTPayload = {}): JWTPayload => ({
    sub: claims.accountId,
    sid: claims.sessionId,
    iss: 'bulwark',
    aud: 'bulwark-api',
    iat: nowSeconds(),
    exp: nowSeconds() + 600,
    ...changes,
  });
  const sign = (
    changes: JWTPayload = {},
    header: Partial<JWTHeaderParameters> = {},
    by: KeyObject = key.privateKey,
  ): Promise<string> =>
    new SignJWT(payload(changes)).setProtectedHeader({ alg: 'ES256', kid: 'key-1', typ: 'at+jwt', ...header }).sign(by);

  it('verifies a token that it signed', async () => {
    const { token, expiresIn } = await tokens.sign(claims);
    expect(expiresIn).toBe(600);
    expect(await tokens.verify(token)).toEqual(claims);
    expect(await tokens.verify(await sign())).toEqual(claims);
  });

  it('verifies a token of an older key until that key is removed', async () => {
    const { token } = await tokens.sign(claims);
    ring.keys.unshift(newKey('key-2'));
    expect(await tokens.verify(token)).toEqual(claims);
    const [newest] = ring.keys.splice(1);
    expect(newest?.kid).toBe('key-1');
    expect(await tokens.verify(token)).toBeUndefined();
    ring.keys.splice(0, 1, key);
  });

  it.each<[string, JWTPayload]>([
    ['has expired', { exp: nowSeconds() - 6 }],
    ['is not valid yet', { nbf: nowSeconds() + 60 }],
    ['has no expiry', { exp: undefined }],
    ['has no issue time', { iat: undefined }],
    ['is of another issuer', { iss: 'another-issuer' }],
    ['is for another audience', { aud: 'another-api' }],
    ['names no account', { sub: undefined }],
    ['names no session', { sid: undefined }],
    ['has a session id that is no string', { sid: 5 }],
  ])('refuses a token of our key that %s', async (_what, changes) => {
    expect(await tokens.verify(await sign(changes))).toBeUndefined();
  });

  it.each<[string, Partial<JWTHeaderParameters>]>([
    ['is of another kind', { typ: 'JWT' }],
    ['names no key', { kid: undefined }],
    ['names a file as its key', { kid: '../../../../dev/null' }],
    ['asks the database for a key', { kid: "' UNION SELECT 'key-1" }],
    ['names a property as its key', { kid: '__proto__' }],
  ])('refuses a token that %s', async (_what, header) => {
    expect(await tokens.verify(await sign({}, header))).toBeUndefined();
  });

  it('refuses a token signed by a key that it carries or links to', async () => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = own.publicKey.export({ format: 'jwk' }) as JWK;
    expect(await tokens.verify(await sign({}, { jwk }, own.privateKey))).toBeUndefined();
    expect(
      await tokens.verify(
        await sign({}, { jku: 'http://127.0.0.1:1/jwks.json', x5u: 'http://127.0.0.1:1/' }, own.privateKey),
      ),
    ).toBeUndefined();
  });

  it.each(['none', 'None', 'NONE', ''])('refuses an unsigned token with the algorithm “%s”', async (alg) => {
    const unsigned = `${base64url({ alg, kid: 'key-1', typ: 'at+jwt' })}.${base64url(payload())}`;
    expect(await tokens.verify(`${unsigned}.`)).toBeUndefined();
    expect(await tokens.verify(`${unsigned}.AA`)).toBeUndefined();
  });

  it('refuses a token whose signature is a hash keyed with our public key', async () => {
    const text = `${base64url({ alg: 'HS256', kid: 'key-1', typ: 'at+jwt' })}.${base64url(payload())}`;
    for (const secret of [
      key.publicKey.export({ format: 'pem', type: 'spki' }),
      key.publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(key.publicJwk),
    ]) {
      expect(
        await tokens.verify(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`),
      ).toBeUndefined();
    }
  });

  it('refuses a token that was truncated or changed', async () => {
    const { token } = await tokens.sign(claims);
    const [header = '', body = '', signature = ''] = token.split('.');
    const zeros = Buffer.alloc(64).toString('base64url');
    for (const forged of [
      `${header}.${body}.`,
      `${header}.${body}.${signature.slice(0, -4)}`,
      `${header}.${body}.${zeros}`,
      `${header}.${base64url(payload({ sub: randomUUID() }))}.${signature}`,
      `${header}..${signature}`,
      header,
      '',
      '..',
      'a.b.c',
    ]) {
      expect(await tokens.verify(forged)).toBeUndefined();
    }
  });

  it('refuses a token over the maximum length', async () => {
    expect(await tokens.verify(await sign({ filler: 'x'.repeat(2_048) }))).toBeUndefined();
  });
});
