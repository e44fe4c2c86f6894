import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordedAnswer, serveUntilParentEnds } from './answer-file.js';

/** The bare HTTP server of the runtime, answering with one buffer. */
const { headers, body } = recordedAnswer();
const bytes = Buffer.from(body);
const server = createServer((_request, response) => {
  response.writeHead(200, { ...headers, 'content-length': bytes.length });
  response.end(bytes);
});
server.keepAliveTimeout = 72_000;
server.listen(0, '127.0.0.1', () => serveUntilParentEnds((server.address() as AddressInfo).port));
