import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { mailsTo } from '../support/mails.js';
import { newCustomer, signIn, type Person } from '../support/people.js';

const NEW_PASSWORD = 'wet gravel sings at noon';

describe('a password reset', () => {
  let bulwark: Bulwark;
  let ada: Person;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark();
  });

  beforeEach(async () => {
    ada = await newCustomer(bulwark.api);
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const ask = (email: string, headers: Record<string, string> = {}) =>
    bulwark.api.post('/v1/password-resets', { email }, { headers });
  const reset = (token: string, password: unknown = NEW_PASSWORD) =>
    bulwark.api.put(`/v1/password-resets/${token}`, { password });
  const tokensFor = (email: string): string[] =>
    mailsTo(email).flatMap((mail) => /^Token: ([\w-]{43})\r?$/m.exec(mail)?.[1] ?? []);
  const askedToken = async (email: string): Promise<string> => {
    await ask(email);
    return eventually(() => tokensFor(email)[0]);
  };
  const logIn = (password: string) => bulwark.api.post('/v1/sessions', { email: ada.email, password });

  it('is mailed, sets the password once, ends every session, and is confirmed by mail', async () => {
    const token = await askedToken(ada.email);
    const elsewhere = await signIn(bulwark.api, ada.email, ada.password);
    expect(await reset(token)).toMatchObject({ status: 204, text: '' });
    for (const session of [ada, elsewhere])
      expect(await bulwark.api.get('/v1/me', { token: session.token })).toMatchObject({ status: 401 });
    expect(await logIn(ada.password)).toMatchObject({ status: 401 });
    expect(await logIn(NEW_PASSWORD)).toMatchObject({ status: 201 });
    expect(await reset(token, 'another password of mine')).toMatchObject({
      status: 404,
      body: { code: 'password_reset_invalid' },
    });
    expect(await logIn(NEW_PASSWORD)).toMatchObject({ status: 201 });
    await eventually(() => mailsTo(ada.email).some((mail) => mail.includes('Subject: Your password was changed')));
  });

  it('is answered alike, whether the account exists or not, and mails only the owner', async () => {
    const same = { 'x-request-id': 'same-request', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const unknownEmail = `${randomUUID()}@example.com`;
    const [known, unknown] = [await ask(ada.email, same), await ask(unknownEmail, same)];
    // The rest of the address's limit and the log position differ between any two requests.
    const VARYING = new Set(['date', 'ratelimit', 'consistency-token', 'set-cookie']);
    const headersOf = ({ headers }: { headers: Headers }) => [
      ...[...headers].filter(([name]) => !VARYING.has(name)),
      headers.has('consistency-token'),
    ];
    expect(known.status).toBe(202);
    expect({ status: unknown.status, text: unknown.text, headers: headersOf(unknown) }).toEqual({
      status: known.status,
      text: known.text,
      headers: headersOf(known),
    });
    await eventually(() => tokensFor(ada.email).length === 1);
    expect(mailsTo(unknownEmail)).toEqual([]);
  });

  it('can be read in the source of the mail, where no line is wrapped', async () => {
    await askedToken(ada.email);
    expect(mailsTo(ada.email)[0]).toMatch(/^Content-Transfer-Encoding: 7bit\r?$/m);
  });

  it('goes to the address of the account in any spelling', async () => {
    await ask(ada.email.toUpperCase());
    expect(await eventually(() => tokensFor(ada.email)[0])).toBeDefined();
  });

  it('requested twice under one key is one mail', async () => {
    const key = randomUUID();
    const answers = [
      await bulwark.api.post('/v1/password-resets', { email: ada.email }, { key }),
      await bulwark.api.post('/v1/password-resets', { email: ada.email }, { key }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[1]?.text).toBe(answers[0]?.text);
    expect(answers[1]?.headers.get('idempotency-replayed')).toBe('true');
    expect(await query('SELECT 1 FROM account.password_resets WHERE account_id = $1', [ada.accountId])).toHaveLength(1);
  });

  it('cannot fill a mailbox: three are mailed until one expires', async () => {
    for (let times = 0; times < 6; times++) expect(await ask(ada.email)).toMatchObject({ status: 202 });
    await eventually(() => tokensFor(ada.email).length === 3);
    expect(await query('SELECT 1 FROM account.password_resets WHERE account_id = $1', [ada.accountId])).toHaveLength(3);
  });

  it('uses up every other token of the account', async () => {
    await ask(ada.email);
    await ask(ada.email);
    const [first = '', second = ''] = await eventually(() =>
      tokensFor(ada.email).length === 2 ? tokensFor(ada.email) : undefined,
    );
    expect(await reset(first)).toMatchObject({ status: 204 });
    expect(await reset(second)).toMatchObject({ status: 404 });
  });

  it('with one token in ten concurrent requests succeeds once', async () => {
    const token = await askedToken(ada.email);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => reset(token, `${NEW_PASSWORD} ${n}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, ...Array.from({ length: 9 }, () => 404)]);
  });

  it('refuses a bad password and leaves the token for a better one', async () => {
    const token = await askedToken(ada.email);
    for (const password of ['short', 'passwordpassword', ada.email, 5])
      expect(await reset(token, password)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(await reset(token)).toMatchObject({ status: 204 });
  });

  it('refuses an expired token', async () => {
    const token = await askedToken(ada.email);
    await query("UPDATE account.password_resets SET expires_at = now() - interval '1 second' WHERE account_id = $1", [
      ada.accountId,
    ]);
    expect(await reset(token)).toMatchObject({ status: 404, body: { code: 'password_reset_invalid' } });
  });

  it('refuses the token of an account that was deleted since', async () => {
    const token = await askedToken(ada.email);
    await bulwark.api.delete('/v1/me', { token: ada.token });
    expect(await reset(token)).toMatchObject({ status: 404 });
  });

  it.each(['x', 'x'.repeat(43), "';drop--", '..%2f..%2fme'])('refuses the token %j', async (token) => {
    expect(await reset(encodeURIComponent(token))).toMatchObject({ status: 404 });
  });

  it('leaves its token in the mail alone', async () => {
    const token = await askedToken(ada.email);
    await reset(token, 'passwordpassword');
    await reset(token);
    for (const table of ['account.password_resets', 'platform.outbox', 'platform.idempotency_keys']) {
      expect(
        await query(`SELECT 1 FROM ${table} held WHERE strpos(held::text, $1) > 0 OR strpos(held::text, $2) > 0`, [
          token,
          Buffer.from(token).toString('hex'),
        ]),
      ).toEqual([]);
    }
    expect(bulwark.logs()).not.toContain(token);
  });

  it('needs an idempotency key on both routes', async () => {
    expect(await bulwark.api.post('/v1/password-resets', { email: ada.email }, { key: null })).toMatchObject({
      status: 400,
      body: { code: 'idempotency_key_missing' },
    });
    expect(
      await bulwark.api.put(`/v1/password-resets/${'x'.repeat(43)}`, { password: NEW_PASSWORD }, { key: null }),
    ).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
  });
});
