import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import type { AddressInfo } from 'node:net';
import { recordedAnswer, serveUntilParentEnds } from './answer-file.js';

/** Each request is one GET of the Redis client, handed to Fastify as it is. Arguments: answer file, Redis URL. */
const KEY = 'bench:raw-answer';
const { headers, body } = recordedAnswer();

async function serve(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl, { commandTimeout: 5_000 });
  await redis.set(KEY, body, 'EX', 3_600);
  const server = fastify({ keepAliveTimeout: 72_000 });
  server.get('/*', async (_request, reply) => {
    const found = await redis.getBuffer(KEY);
    return reply.headers(headers).send(found);
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  serveUntilParentEnds((server.server.address() as AddressInfo).port);
}

void serve(process.argv[3] ?? '');
