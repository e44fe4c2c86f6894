import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query, withOwner } from '../support/fresh-start.js';
import { mailsTo } from '../support/mails.js';
import { newCustomer, signIn, type Person } from '../support/people.js';

const OTHER_PASSWORD = 'wet gravel sings at noon';

describe('sessions', () => {
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

  const logIn = (email: string, password: string, headers: Record<string, string> = {}) =>
    bulwark.api.post('/v1/sessions', { email, password }, { key: null, headers });
  const refresh = (refreshToken: string) =>
    bulwark.api.post<{ accessToken: string; refreshToken: string }>(
      '/v1/sessions/refresh',
      { refreshToken },
      { key: null },
    );
  const me = (token: string) => bulwark.api.get('/v1/me', { token });
  const reasons = async (person: Person): Promise<(string | null)[]> =>
    (
      await query<{ end_reason: string | null }>(
        'SELECT end_reason FROM account.sessions WHERE account_id = $1 ORDER BY id',
        [person.accountId],
      )
    ).map((row) => row.end_reason);

  describe('a login', () => {
    it('answers tokens, the account and a device cookie that scripts cannot read', async () => {
      const answer = await logIn(ada.email, ada.password);
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({
        accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
        tokenType: 'Bearer',
        expiresIn: 600,
        refreshToken: expect.stringMatching(/^[\w-]{43}$/) as string,
        account: (await me(ada.token)).body,
      });
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      const [cookie = '', ...more] = answer.headers.getSetCookie();
      expect(more).toEqual([
        expect.stringMatching(/^bulwark_consistency=[\w-]+; Path=\/v1; Max-Age=\d+; HttpOnly; SameSite=Lax$/),
      ]);
      const [pair, ...flags] = cookie.split('; ');
      expect(pair).toMatch(/^bulwark_device=[\w.-]+$/);
      expect(flags).toEqual(
        expect.arrayContaining([
          'Path=/v1/sessions',
          'HttpOnly',
          'Secure',
          'SameSite=Lax',
          expect.stringMatching(/^Max-Age=\d+$/),
        ]),
      );
    });

    it('accepts the address in another case, but not the password', async () => {
      expect(await logIn(ada.email.toUpperCase(), ada.password)).toMatchObject({ status: 201 });
      expect(await logIn(ada.email, ada.password.toUpperCase())).toMatchObject({ status: 401 });
    });

    it('that is wrong is answered alike, whether the account exists or not', async () => {
      const same = { 'x-request-id': 'same-request', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
      const known = await logIn(ada.email, OTHER_PASSWORD, same);
      const unknown = await logIn(`${randomUUID()}@example.com`, OTHER_PASSWORD, same);
      const headersOf = ({ headers }: { headers: Headers }) => [...headers].filter(([name]) => name !== 'date');
      expect(known).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
      expect({ status: unknown.status, text: unknown.text, headers: headersOf(unknown) }).toEqual({
        status: known.status,
        text: known.text,
        headers: headersOf(known),
      });
      expect(known.headers.getSetCookie()).toEqual([]);
    });

    it('with a password that is changed concurrently is refused', async () => {
      const waiting = () =>
        query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%account.sessions%'");
      const answer = await withOwner(async (owner) => {
        await owner.query('BEGIN');
        await owner.query("UPDATE account.accounts SET password_hash = 'another' WHERE id = $1", [ada.accountId]);
        const login = logIn(ada.email, ada.password);
        await eventually(async () => (await waiting()).length === 1);
        await owner.query('COMMIT');
        return login;
      });
      expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
      expect(await reasons(ada)).toEqual([null]);
    });

    it('keeps no token of the session in the database', async () => {
      const { refreshToken, token } = ada;
      for (const table of [
        'account.sessions',
        'account.refresh_tokens',
        'platform.idempotency_keys',
        'platform.outbox',
      ]) {
        expect(
          await query(`SELECT 1 FROM ${table} held WHERE strpos(held::text, $1) > 0 OR strpos(held::text, $2) > 0`, [
            refreshToken,
            token,
          ]),
        ).toEqual([]);
      }
      expect(bulwark.logs()).not.toContain(refreshToken);
      expect(bulwark.logs()).not.toContain(token);
    });
  });

  describe('a refresh', () => {
    it('exchanges the token for another one; both access tokens work', async () => {
      const answer = await refresh(ada.refreshToken);
      expect(answer).toMatchObject({ status: 201, body: { tokenType: 'Bearer', expiresIn: 600 } });
      expect(answer.body.refreshToken).not.toBe(ada.refreshToken);
      expect(await me(answer.body.accessToken)).toMatchObject({ status: 200 });
      expect(await me(ada.token)).toMatchObject({ status: 200 });
      expect(await refresh(answer.body.refreshToken)).toMatchObject({ status: 201 });
    });

    it('with a used token ends the session, is audited, and the owner gets a mail', async () => {
      const stranger = await newCustomer(bulwark.api);
      const elsewhere = await signIn(bulwark.api, ada.email, ada.password);
      const second = (await refresh(ada.refreshToken)).body;
      expect(await refresh(ada.refreshToken)).toMatchObject({ status: 401, body: { code: 'refresh_token_invalid' } });
      expect(await refresh(second.refreshToken)).toMatchObject({
        status: 401,
        body: { code: 'refresh_token_invalid' },
      });
      expect(await me(second.accessToken)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect(await me(elsewhere.token)).toMatchObject({ status: 200 });
      expect(await me(stranger.token)).toMatchObject({ status: 200 });
      expect(await reasons(ada)).toEqual(['refresh-token-reused', null]);
      await eventually(() => bulwark.logs().includes('refresh-token-reused'));
      const mails = await eventually(() => (mailsTo(ada.email).length > 0 ? mailsTo(ada.email) : undefined));
      expect(mails).toHaveLength(1);
      expect(mails[0]).toContain('Subject: A session of yours was ended');
    });

    it('in many concurrent requests gives at most one of them a token', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(ada.refreshToken)));
      expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
      expect(await reasons(ada)).toEqual(['refresh-token-reused']);
    });

    it.each(['', 'x', 'x'.repeat(43), 'x'.repeat(300), "' OR true --"])(
      'with the token %j is refused',
      async (refreshToken) => {
        expect([400, 401]).toContain((await refresh(refreshToken)).status);
      },
    );

    it('refuses an access token, and the API refuses a refresh token', async () => {
      expect([400, 401]).toContain((await refresh(ada.token)).status);
      expect(await me(ada.refreshToken)).toMatchObject({ status: 401 });
    });
  });

  describe('a logout', () => {
    it('ends this session at once and no other', async () => {
      const elsewhere = await signIn(bulwark.api, ada.email, ada.password);
      expect(await bulwark.api.delete('/v1/sessions/current', { token: ada.token, key: null })).toMatchObject({
        status: 204,
        text: '',
      });
      expect(await me(ada.token)).toMatchObject({ status: 401 });
      expect(await refresh(ada.refreshToken)).toMatchObject({ status: 401 });
      expect(await me(elsewhere.token)).toMatchObject({ status: 200 });
      expect(await reasons(ada)).toEqual(['signed-out', null]);
    });

    it('needs an access token', async () => {
      const answer = await bulwark.api.delete('/v1/sessions/current', { key: null });
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    });
  });

  describe('one’s own account', () => {
    it('is shown and changed', async () => {
      const changed = await bulwark.api.patch('/v1/me', { displayName: 'Ada Lovelace' }, { token: ada.token });
      expect(changed).toMatchObject({
        status: 200,
        body: { id: ada.accountId, email: ada.email, displayName: 'Ada Lovelace', roles: ['customer'] },
      });
      expect((await me(ada.token)).text).toBe(changed.text);
    });

    it('shows nothing of the password', async () => {
      expect(Object.keys((await me(ada.token)).body).toSorted()).toEqual([
        'createdAt',
        'displayName',
        'email',
        'id',
        'roles',
      ]);
    });

    it('is deleted for good: no token works, no personal data stays, the address is free', async () => {
      const { refreshToken } = await signIn(bulwark.api, ada.email, ada.password);
      expect(await bulwark.api.delete('/v1/me', { token: ada.token })).toMatchObject({ status: 204, text: '' });
      expect(await me(ada.token)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect(await refresh(refreshToken)).toMatchObject({ status: 401 });
      expect(await logIn(ada.email, ada.password)).toMatchObject({
        status: 401,
        body: { code: 'invalid_credentials' },
      });
      const [row] = await query<Record<string, unknown>>(
        'SELECT account.*, account::text AS text FROM account.accounts account WHERE id = $1',
        [ada.accountId],
      );
      expect(row).toMatchObject({
        email: null,
        email_normalised: null,
        password_hash: '',
        roles: ['customer'],
        deleted_at: expect.any(Date) as Date,
      });
      expect(row?.text).not.toContain('Test Customer');
      expect(await reasons(ada)).toEqual(['account-deleted', 'account-deleted']);
      expect(
        await bulwark.api.post('/v1/accounts', { email: ada.email, password: OTHER_PASSWORD, displayName: 'Ada' }),
      ).toMatchObject({ status: 201 });
      expect(await me(ada.token)).toMatchObject({ status: 401 });
    });
  });

  describe('a change of password', () => {
    const change = (person: Person, currentPassword: string, newPassword: string) =>
      bulwark.api.put('/v1/me/password', { currentPassword, newPassword }, { token: person.token });

    it('ends the other sessions, keeps this one, and the owner gets a mail', async () => {
      const elsewhere = await signIn(bulwark.api, ada.email, ada.password);
      expect(await change(ada, ada.password, OTHER_PASSWORD)).toMatchObject({ status: 204, text: '' });
      expect(await me(ada.token)).toMatchObject({ status: 200 });
      expect(await refresh(ada.refreshToken)).toMatchObject({ status: 201 });
      expect(await me(elsewhere.token)).toMatchObject({ status: 401 });
      expect(await refresh(elsewhere.refreshToken)).toMatchObject({ status: 401 });
      expect(await logIn(ada.email, ada.password)).toMatchObject({ status: 401 });
      expect(await logIn(ada.email, OTHER_PASSWORD)).toMatchObject({ status: 201 });
      await eventually(() => mailsTo(ada.email).some((mail) => mail.includes('Subject: Your password was changed')));
    });

    it('needs the current password, and blocks after three wrong ones', async () => {
      for (let tries = 0; tries < 3; tries++)
        expect(await change(ada, 'not the password', OTHER_PASSWORD)).toMatchObject({
          status: 401,
          body: { code: 'invalid_credentials' },
        });
      expect(await change(ada, ada.password, OTHER_PASSWORD)).toMatchObject({
        status: 429,
        body: { code: 'login_backoff' },
      });
      expect(await logIn(ada.email, ada.password)).toMatchObject({ status: 201 });
    });

    it('needs an acceptable new password', async () => {
      expect(await change(ada, ada.password, 'passwordpassword')).toMatchObject({
        status: 400,
        body: { code: 'validation_failed', errors: [{ pointer: '/newPassword' }] },
      });
      expect(await logIn(ada.email, ada.password)).toMatchObject({ status: 201 });
    });
  });
});
