import { redisArguments } from './redis.js';

const setting = (args: string[], name: string) => args[args.indexOf(`--${name}`) + 1];

describe('the two Redis roles', () => {
  it('keep every key of the queues, also over a restart', () => {
    const args = redisArguments('redis', 7001, '/data/redis');
    expect([setting(args, 'appendonly'), setting(args, 'maxmemory-policy'), args.includes('--maxmemory')]).toEqual([
      'yes',
      'noeviction',
      false,
    ]);
  });

  it('bound the cache and persist nothing of it', () => {
    const args = redisArguments('redis-cache', 7001, '/data/redis-cache');
    expect([
      setting(args, 'appendonly'),
      setting(args, 'save'),
      setting(args, 'maxmemory'),
      setting(args, 'maxmemory-policy'),
    ]).toEqual(['no', '', '768mb', 'allkeys-lru']);
  });

  it.each(['redis', 'redis-cache'] as const)('bind %s to the loopback address', (role) => {
    expect(setting(redisArguments(role, 7001, '/data'), 'bind')).toBe('127.0.0.1');
  });
});
