import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ProviderApi } from './answer-call.js';
import { answerControl } from './answer-control.js';
import { Faults } from './faults.js';
import { Journal } from './journal.js';
import { newId, ProviderRecord, type JournalRecord } from './provider-record.js';
import { providerError } from './stripe-shapes.js';
import { Webhooks } from './webhooks.js';

export interface SandboxOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  dataDir: string;
  apiKey: string;
  webhookSecret: string;
  webhookUrl?: string | undefined;
}

const BODY_MAX_BYTES = 65_536;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

/** Starts the payment provider's stand-in; its record outlives it. */
export async function startSandbox(options: SandboxOptions): Promise<{ port: number; stop: () => Promise<void> }> {
  const record = new ProviderRecord();
  const journal = new Journal<JournalRecord>(join(options.dataDir, 'journal.jsonl'), (one) => record.apply(one));
  const faults = new Faults();
  const webhooks = new Webhooks(options.webhookSecret, options.webhookUrl);
  const api = new ProviderApi(record, journal, faults, webhooks);
  const server = createServer((request, response) => {
    handle(request, response, options.apiKey, api, { record, faults, webhooks }).catch((error: unknown) => {
      process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
      respond(response, 500, providerError(500, { type: 'api_error', message: 'The sandbox failed.' }).body);
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      webhooks.stop();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await journal.close();
    },
  };
}

interface State {
  record: ProviderRecord;
  faults: Faults;
  webhooks: Webhooks;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  apiKey: string,
  api: ProviderApi,
  state: State,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const body = await readBody(request);
  if (body === undefined)
    return respond(
      response,
      413,
      providerError(413, { type: 'invalid_request_error', message: 'The body is too large.' }).body,
    );
  if (url.pathname.startsWith('/sandbox/')) {
    const { status, body: answer } = answerControl(request.method ?? 'GET', url, body, state);
    return respond(response, status, answer);
  }
  if (request.headers.authorization !== `Bearer ${apiKey}`)
    return respond(
      response,
      401,
      providerError(401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' }).body,
    );
  const key = request.headers['idempotency-key'];
  const form = request.method === 'GET' ? url.searchParams : new URLSearchParams(body);
  const reply = await api.answer({
    method: request.method ?? 'GET',
    path: url.pathname,
    form,
    key: typeof key === 'string' ? key : null,
  });
  // Some providers charge and then never say so: the connection stays open until the caller gives up.
  if (reply === 'never') return undefined;
  return respond(response, reply.status, reply.body, reply.replayed ? { 'idempotent-replayed': 'true' } : {});
}

function respond(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return;
  response
    .writeHead(status, { 'content-type': 'application/json', 'request-id': newId('req'), ...headers })
    .end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function listen(server: Server, { port, host }: SandboxOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
