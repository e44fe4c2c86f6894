import { ConfigurationError } from '../../platform/config/index.js';
import { CommandRefusedError, explainFailure } from './explain-failure.js';

const withCode = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

describe('the failure of a command', () => {
  it('is that nothing runs, when no database is named', () => {
    const error = new ConfigurationError(['DATABASE_URL is missing; it wants a URL.', 'REDIS_URL is missing.']);
    expect(explainFailure(error)).toMatch(/^No system is running here\. Start "npm run up"/);
  });

  it('names each variable that is wrong', () => {
    expect(explainFailure(new ConfigurationError(['PORT got "x"; it wants a number.']))).toContain('PORT got "x"');
  });

  it('names the address that does not answer, and asks for a running system', () => {
    const refused = withCode('connect ECONNREFUSED 127.0.0.1:1', {
      code: 'ECONNREFUSED',
      syscall: 'connect',
      address: '127.0.0.1',
      port: 1,
    });
    for (const error of [refused, new AggregateError([refused]), new Error('failed', { cause: refused })])
      expect(explainFailure(error)).toMatch(
        /^Nothing answers at 127\.0\.0\.1:1 \(connection refused\)\. Is "npm run up"/,
      );
  });

  it.each([
    ['28P01', /Check user and password/],
    ['3D000', /Check the name of the database/],
    ['42P01', /npm run db:migrate/],
    ['53300', /All connections/],
  ])('says what to do about what the database answers: %s', (code, repair) => {
    const error = withCode('said by the server', { code, severity: 'ERROR' });
    expect(explainFailure(error)).toMatch(/^The database refuses: said by the server\. /);
    expect(explainFailure(error)).toMatch(repair);
    expect(explainFailure(new Error('wrapped', { cause: error }))).toMatch(repair);
  });

  it('begins with a path as the path is written', () => {
    const error = withCode('ENOENT', { code: 'ENOENT', path: '/feeds/x' });
    expect(explainFailure(error)).toBe('/feeds/x does not exist.');
  });

  it('is the message of a refusal, and never a stack', () => {
    expect(explainFailure(new CommandRefusedError('There is no such account.'))).toBe('There is no such account.');
    expect(explainFailure(new TypeError('x is not a function'))).toBe('x is not a function');
    expect(explainFailure(new Error(''))).toMatch(/without saying why/);
    expect(explainFailure('text')).toBe('text');
  });
});
