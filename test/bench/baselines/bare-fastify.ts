import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { recordedAnswer, serveUntilParentEnds } from './answer-file.js';

/** Fastify with one route, no hook and a string that is ready. */
const { headers, body } = recordedAnswer();
const server = fastify({ keepAliveTimeout: 72_000 });
server.get('/*', (_request, reply) => reply.headers(headers).send(body));
server.listen({ port: 0, host: '127.0.0.1' }).then(
  () => serveUntilParentEnds((server.server.address() as AddressInfo).port),
  (error: Error) => process.stderr.write(`${error.message}\n`, () => process.exit(1)),
);
