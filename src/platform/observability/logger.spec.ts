import { redact, redactText } from './logger.js';

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

describe('redact', () => {
  it('hides secret fields at any depth, in lists and in errors', () => {
    const error = Object.assign(new Error('login of jane@example.com failed'), {
      code: '23505',
      cause: new Error('tok_canary was refused'),
    });
    const logged = redact({
      request: { headers: { Authorization: 'Bearer canary', cookie: 'canary' }, body: { password: 'canary' } },
      cards: [{ number: 'canary' }],
      error,
    });
    const text = JSON.stringify(logged);
    expect(text).not.toMatch(/canary|jane/);
    expect(text).toContain('[redacted]');
    expect(logged).toMatchObject({ error: { type: 'Error', code: '23505' } });
  });

  it('does not follow a circle for ever', () => {
    const circle: { inner?: unknown } = {};
    circle.inner = circle;
    expect(JSON.stringify(redact(circle))).toContain('[too deep]');
  });
});
