import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { newStaff, type Person } from '../support/people.js';
import { runCli } from '../support/run-cli.js';

const ENDPOINTS = '/v1/webhook-endpoints';
const UNKNOWN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

interface EndpointBody {
  id: string;
  status: string;
  disabledReason: string | null;
}

describe('what a partner has registered', () => {
  let bulwark: Bulwark;
  let partner: Person;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark();
  });

  beforeEach(async () => {
    partner = await newStaff(bulwark.api, 'partner');
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const register = async (): Promise<string> => {
    const body = { url: 'http://127.0.0.1:65000/hook', events: ['payment.captured'] };
    const answer = await bulwark.api.post<EndpointBody>(ENDPOINTS, body, { token: partner.token });
    expect(answer.status).toBe(201);
    return answer.body.id;
  };
  const stored = async (id: string): Promise<{ status: string; secret_bytes: number } | undefined> => {
    const rows = await query<{ status: string; secret_bytes: number }>(
      'SELECT status, length(secret_sealed) AS secret_bytes FROM platform.webhook_endpoints WHERE id = $1',
      [id],
    );
    return rows[0];
  };
  const isGone = async (id: string): Promise<boolean> => {
    const row = await stored(id);
    return row === undefined || (row.status === 'deleted' && row.secret_bytes === 0);
  };

  it('is listed for operators, and disabled by its id until its owner enables it', async () => {
    const id = await register();
    const list = await runCli('webhook-endpoints');
    expect(list).toMatchObject({ code: 0, output: expect.stringContaining(`${id}  enabled`) as string });
    expect(list.output).toContain(partner.accountId);
    expect(await runCli('webhook-endpoints', ['disable', id])).toMatchObject({ code: 0 });
    const read = await bulwark.api.get<EndpointBody>(`${ENDPOINTS}/${id}`, { token: partner.token });
    expect(read.body).toMatchObject({ status: 'disabled', disabledReason: 'operator' });
    const enabled = await bulwark.api.post<EndpointBody>(`${ENDPOINTS}/${id}/enable`, undefined, {
      token: partner.token,
    });
    expect(enabled.body).toMatchObject({ status: 'enabled', disabledReason: null });
  });

  it.each([
    [['disable', UNKNOWN_ID], 1, /^There is no endpoint with the id [^\n]*\n$/],
    [['disable', 'x'], 2, /^Command-argument value 'x' is invalid[^\n]*\n$/],
    [['disable'], 2, /^Missing required argument 'id'\. [^\n]*\n$/],
  ])('is not touched by %j', async (args, code, line) => {
    expect(await runCli('webhook-endpoints', args)).toEqual({ code, output: expect.stringMatching(line) as string });
  });

  it('ends with the role, which is gone at once in the open session; what comes after a new grant stays', async () => {
    const id = await register();
    const revoked = await runCli('account-revoke', [partner.email.toUpperCase(), 'partner']);
    expect(revoked).toEqual({ code: 0, output: `${partner.email} has the roles customer.\n` });
    expect(await bulwark.api.get(ENDPOINTS, { token: partner.token })).toMatchObject({ status: 403 });
    await eventually(() => isGone(id));
    expect(await runCli('account-revoke', [partner.email, 'partner'])).toEqual({
      code: 1,
      output: `${partner.email} does not have the role partner.\n`,
    });
    expect(await runCli('account-grant', [partner.email, 'partner'])).toMatchObject({ code: 0 });
    const next = await register();
    expect(await runCli('account-revoke', [partner.email, 'finance'])).toMatchObject({ code: 1 });
    expect(await isGone(next)).toBe(false);
  });

  it('stays when another role is taken', async () => {
    const both = await newStaff(bulwark.api, 'partner', 'finance');
    partner = both;
    const id = await register();
    expect(await runCli('account-revoke', [both.email, 'finance'])).toMatchObject({ code: 0 });
    await eventually(async () => {
      const effects = await query(
        `SELECT FROM audit.outbox JOIN audit.consumer_effects ON event_id = id
          WHERE type = 'account.role-revoked.v1' AND aggregate_id = $1 AND consumer = 'account-end-webhooks'`,
        [both.accountId],
      );
      return effects.length === 1;
    });
    expect(await isGone(id)).toBe(false);
  });

  it('ends with the account', async () => {
    const id = await register();
    expect(await bulwark.api.delete('/v1/me', { token: partner.token })).toMatchObject({ status: 204 });
    await eventually(() => isGone(id));
  });

  it('is untouched where no account has the address', async () => {
    expect(await runCli('account-revoke', ['unknown@example.com', 'partner'])).toEqual({
      code: 1,
      output: 'There is no account with the address unknown@example.com.\n',
    });
  });
});
