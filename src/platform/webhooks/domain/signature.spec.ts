import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signedHeaders, writeSecret } from './signature.js';

describe('signedHeaders', () => {
  it('reproduces the published example of Standard Webhooks', () => {
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    expect(
      signedHeaders([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', new Date(1_614_265_330_000), '{"test": 2432232314}'),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is verified by the official library for any body, with either secret of a rotation', () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        const secrets = [randomBytes(32), randomBytes(32)];
        const headers = signedHeaders(secrets, 'some-id', new Date(), body);
        for (const secret of secrets)
          expect(new Webhook(writeSecret(secret)).verify(body, headers)).toEqual(JSON.parse(body));
      }),
    );
  });

  it('is not verified with another secret, another body or another id', () => {
    const secret = randomBytes(32);
    const headers = signedHeaders([secret], 'some-id', new Date(), '{}');
    expect(() => new Webhook(writeSecret(randomBytes(32))).verify('{}', headers)).toThrow();
    expect(() => new Webhook(writeSecret(secret)).verify('{ }', headers)).toThrow();
    expect(() => new Webhook(writeSecret(secret)).verify('{}', { ...headers, 'webhook-id': 'other-id' })).toThrow();
  });
});
