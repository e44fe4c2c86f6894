import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { recordedAnswer, serveUntilParentEnds } from './answer-file.js';

/** As many connections as the product's pool for these reads has. */
const POOL_SIZE = 6;
const STATEMENT = `SELECT i.id, i.sku, i.slug, i.title, i.description, i.brand, i.categories, i.images,
  i.price_minor, i.currency, i.version, i.updated_at, s.quantity
  FROM catalog.items AS i LEFT JOIN catalog.stock AS s ON s.item_id = i.id WHERE i.id = $1 AND i.deleted_at IS NULL`;

/**
 * Each request is one SELECT of node-postgres through the same pooler, its row as JSON. Arguments: answer file,
 * database URL.
 */
const { headers } = recordedAnswer();

async function serve(connectionString: string): Promise<void> {
  const pool = new Pool({ connectionString, max: POOL_SIZE, connectionTimeoutMillis: 5_000 });
  const server = fastify({ keepAliveTimeout: 72_000 });
  server.get<{ Params: { id: string } }>('/v1/items/:id', async (request, reply) => {
    const { rows } = await pool.query<Record<string, unknown>>(STATEMENT, [request.params.id]);
    return reply.headers(headers).send(JSON.stringify(rows[0]));
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  serveUntilParentEnds((server.server.address() as AddressInfo).port);
}

void serve(process.argv[3] ?? '');
