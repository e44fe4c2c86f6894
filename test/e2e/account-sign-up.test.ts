import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { freshStart, query } from '../support/fresh-start.js';
import { newCustomer, signIn } from '../support/people.js';

const PASSWORD = 'wet gravel sings at noon';

describe('signing up', () => {
  let bulwark: Bulwark;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark();
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const newEmail = (): string => `${randomUUID()}@example.com`;
  const signUp = (body: Record<string, unknown>, key?: string) =>
    bulwark.api.post(
      '/v1/accounts',
      { email: newEmail(), password: PASSWORD, displayName: 'Ada', ...body },
      key ? { key } : {},
    );
  const rowsOf = (email: string) =>
    query<{ id: string; roles: string[]; password_hash: string }>(
      'SELECT id, roles, password_hash FROM account.accounts WHERE email_normalised = $1',
      [email.toLowerCase()],
    );

  it('answers the account, which can sign in', async () => {
    const email = newEmail();
    const answer = await signUp({ email });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      email,
      displayName: 'Ada',
      roles: ['customer'],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    });
    await expect(signIn(bulwark.api, email, PASSWORD)).resolves.toMatchObject({ accountId: answer.body.id });
  });

  it('keeps the password as argon2id and nowhere else', async () => {
    const email = newEmail();
    const password = `canary ${randomUUID()}`;
    await signUp({ email, password });
    expect((await rowsOf(email))[0]?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(bulwark.logs()).not.toContain(password);
    const hex = Buffer.from(password).toString('hex');
    for (const table of ['platform.idempotency_keys', 'platform.outbox', 'account.accounts']) {
      expect(
        await query(`SELECT 1 FROM ${table} held WHERE strpos(held::text, $1) > 0 OR strpos(held::text, $2) > 0`, [
          password,
          hex,
        ]),
      ).toEqual([]);
    }
  });

  it('of an address that has an account is refused, in any spelling', async () => {
    const email = newEmail();
    await signUp({ email });
    for (const again of [email, email.toUpperCase()]) {
      expect(await signUp({ email: again })).toMatchObject({ status: 409, body: { code: 'email_taken' } });
    }
    expect(await rowsOf(email)).toHaveLength(1);
  });

  it('in concurrent requests with different keys opens one account', async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 8 }, () => signUp({ email })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    expect(await rowsOf(email)).toHaveLength(1);
  });

  it('is replayed byte for byte under its key', async () => {
    const email = newEmail();
    const key = randomUUID();
    const first = await signUp({ email }, key);
    const second = await signUp({ email }, key);
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect({ status: second.status, text: second.text }).toEqual({ status: first.status, text: first.text });
    for (const header of ['content-type', 'location', 'content-length'])
      expect(second.headers.get(header)).toBe(first.headers.get(header));
    expect(await rowsOf(email)).toHaveLength(1);
  });

  it('with a refused password leaves the key free for another attempt', async () => {
    const key = randomUUID();
    const email = newEmail();
    expect(await signUp({ email, password: 'short' }, key)).toMatchObject({ status: 400 });
    expect(await signUp({ email, password: 'passwordpassword' }, key)).toMatchObject({ status: 400 });
    expect(await signUp({ email }, key)).toMatchObject({ status: 201 });
  });

  describe('a password', () => {
    it.each([
      ['of 128 characters', 'abcdefgh'.repeat(16)],
      ['of 128 emoji', '🐴🔋📎🦀'.repeat(32)],
      ['with spaces at both ends', '  wet gravel sings  '],
      ['of lower-case letters alone', 'wetgravelsingsatnoon'],
    ])('%s is accepted and must be repeated exactly', async (_what, password) => {
      const email = newEmail();
      expect(await signUp({ email, password })).toMatchObject({ status: 201 });
      await expect(signIn(bulwark.api, email, password)).resolves.toBeDefined();
      expect(
        await bulwark.api.post('/v1/sessions', { email, password: [...password].slice(0, -1).join('') }),
      ).toMatchObject({ status: 401 });
    });

    it('counts beyond its 72nd byte', async () => {
      const email = newEmail();
      const start = 'the first seventy-two bytes of a password are not all that it is made of'.padEnd(72, '.');
      expect(Buffer.byteLength(start)).toBe(72);
      await signUp({ email, password: `${start}x` });
      expect(await bulwark.api.post('/v1/sessions', { email, password: `${start}y` })).toMatchObject({ status: 401 });
      await expect(signIn(bulwark.api, email, `${start}x`)).resolves.toBeDefined();
    });

    it.each([
      ['too short', 'k7 mzqw xpo'],
      ['too long', `${'abcdefgh'.repeat(16)}x`],
      ['far too long', 'x'.repeat(100_000)],
      ['in the list of known ones', 'passwordpassword'],
      ['in the list of known ones, with a suffix', 'Password123456!'],
      ['in the list of known ones, in full-width letters', 'ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ'],
      ['of one character', 'aaaaaaaaaaaaaaaa'],
      ['of the product name', 'bulwark12345'],
      ['no text', 123_456_789_012],
      ['a list', ['wet gravel sings at noon']],
    ])('that is %s is refused and not repeated in the answer', async (_what, password) => {
      const answer = await signUp({ password });
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'validation_failed', errors: [{ pointer: '/password' }] },
      });
      expect(answer.text).not.toContain(String(password));
    });

    it('made of the mail address is refused', async () => {
      const email = `lovelace.${randomUUID().slice(0, 8)}@example.com`;
      for (const password of [email, `${email.split('@')[0]}1!`]) {
        expect(await signUp({ email, password })).toMatchObject({
          status: 400,
          body: { errors: [{ pointer: '/password' }] },
        });
      }
    });
  });

  it.each([
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@localhost',
    'ada @example.com',
    'ada@example.com ',
    'ada@exa mple.com',
    'Ada <ada@example.com>',
    'ada@example.com,eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    `${'a'.repeat(250)}@example.com`,
    null,
    ['ada@example.com'],
    { $ne: '' },
  ])('with the mail address %j is refused', async (email) => {
    expect(await signUp({ email })).toMatchObject({
      status: 400,
      body: {
        code: 'validation_failed',
        errors: expect.arrayContaining([expect.objectContaining({ pointer: '/email' })]) as unknown,
      },
    });
  });

  it.each(['', 'x'.repeat(101), 5, null, {}])('with the name %j is refused', async (displayName) => {
    expect(await signUp({ displayName })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/displayName' }] },
    });
  });

  describe('fields that are not the client’s to set', () => {
    const FIELDS = [
      'role',
      'roles',
      'isAdmin',
      'id',
      'userId',
      'accountId',
      'status',
      'balance',
      'emailVerified',
      'createdAt',
      'created_at',
      'deletedAt',
      'passwordHash',
      'password_hash',
      'emailNormalised',
      '__proto__x',
    ];

    it.each(FIELDS)('%s is refused at sign-up', async (field) => {
      const email = newEmail();
      expect(await signUp({ email, [field]: ['finance'] })).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: `/${field}` }] },
      });
      expect(await rowsOf(email)).toEqual([]);
    });

    it('are refused in a change of one’s account, which stays as it was', async () => {
      const person = await newCustomer(bulwark.api);
      const before = await bulwark.api.get('/v1/me', { token: person.token });
      for (const field of [...FIELDS, 'email', 'password']) {
        expect(
          await bulwark.api.patch('/v1/me', { displayName: 'Eve', [field]: 'finance' }, { token: person.token }),
        ).toMatchObject({ status: 400, body: { errors: [{ pointer: `/${field}` }] } });
      }
      expect((await bulwark.api.get('/v1/me', { token: person.token })).text).toBe(before.text);
      expect((await rowsOf(person.email))[0]?.roles).toEqual(['customer']);
    });
  });
});
