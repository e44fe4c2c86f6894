import { rateLimitFields } from './rate-limit-fields.js';

describe('rateLimitFields', () => {
  const policy = { name: 'sign-up', limit: 6, windowSeconds: 60 };

  it('names the limit, what is left of it and until when', () => {
    expect(rateLimitFields(policy, 5, 59.2)).toEqual({
      'ratelimit-policy': '"sign-up";q=6;w=60',
      ratelimit: '"sign-up";r=5;t=60',
    });
  });

  it('never shows less than nothing', () => {
    expect(rateLimitFields(policy, -3, -1).ratelimit).toBe('"sign-up";r=0;t=0');
  });
});
