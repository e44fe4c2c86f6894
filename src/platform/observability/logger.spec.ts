import { redactText } from './logger.js';

describe('redactText', () => {
  it.each([
    ['login of jane.doe+x@example.co.uk failed', 'jane.doe'],
    ['Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl', 'eyJ'],
    ['charge with tok_4242canary', '4242canary'],
    ['card 4242 4242 4242 4242 declined', '4242'],
    ['connect postgres://bulwark_app:s3cr3t@127.0.0.1:6432/bulwark', 's3cr3t'],
  ])('hides the secret in %j', (text, secret) => {
    expect(redactText(text)).not.toContain(secret);
  });

  it('leaves ids and amounts readable', () => {
    const text = 'payment 0192f0c1-7a3b-7cde-8f00-1234567890ab of 1299 EUR';
    expect(redactText(text)).toBe(text);
  });
});
