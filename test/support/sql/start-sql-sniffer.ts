import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { testServices } from '../services.js';
import { SniffedConnection } from './sniffed-connection.js';

/** A statement that a role sent, each text once. */
export interface SniffedStatement {
  role: string;
  /** Which entry of the pooler it went to: the primary's or the replica's. */
  database: string;
  sql: string;
  /** How often it was sent. */
  count: number;
  /** Parameters that it was sent with, as text, the first few times. */
  samples: (string | null)[][];
}

export interface SniffedViolation {
  role: string;
  statement: string;
  why: string;
}

export interface SqlSniffer {
  /** The target's URL, by way of the sniffer. */
  url: string;
  /** The environment of an application whose every pooled connection goes through the sniffer. */
  environment: Record<string, string>;
  statements(): SniffedStatement[];
  violations(): SniffedViolation[];
  /** How often each role signed in. */
  signIns(): Record<string, number>;
  stop(): Promise<void>;
}

const SAMPLES_MAX = 5;
const STATEMENTS_MAX = 5_000;
const VIOLATIONS_MAX = 1_000;

/**
 * Listens between an application and its pooler. It passes every byte on as it is, records the statements of each role
 * and flags session state, which a transaction-mode pooler does not carry.
 * @param target the pooler's URL
 */
export async function startSqlSniffer({
  target = testServices().pooler,
}: { target?: string } = {}): Promise<SqlSniffer> {
  const to = new URL(target);
  const record = new SnifferRecord();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const pooler = connect({ host: to.hostname, port: Number(to.port) });
    join(client, pooler, new SniffedConnection(record), record);
    for (const socket of [client, pooler]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const through = (url: string): string => url.replaceAll(`${to.hostname}:${to.port}`, `127.0.0.1:${port}`);
  const { DATABASE_URL = target, DATABASE_REPLICA_URLS = target } = testServices().environment;
  return {
    url: through(target),
    environment: { DATABASE_URL: through(DATABASE_URL), DATABASE_REPLICA_URLS: through(DATABASE_REPLICA_URLS) },
    statements: () => [...record.statements.values()],
    violations: () => [...record.violations],
    signIns: () => Object.fromEntries(record.signIns),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function join(client: Socket, pooler: Socket, connection: SniffedConnection, record: SnifferRecord): void {
  const listen = (hear: (chunk: Buffer) => void) => (chunk: Buffer) => {
    try {
      hear(chunk);
    } catch (error) {
      record.violation({ role: '', statement: '', why: `unreadable: ${(error as Error).message}` });
      client.destroy();
    }
  };
  client.on(
    'data',
    listen((chunk) => connection.fromClient(chunk)),
  );
  pooler.on(
    'data',
    listen((chunk) => connection.fromServer(chunk)),
  );
  client.pipe(pooler);
  pooler.pipe(client);
  // What breaks on one side is over on the other; the peers report it, the sniffer is no party to it.
  client.on('error', () => pooler.destroy());
  pooler.on('error', () => client.destroy());
  client.setNoDelay(true);
  pooler.setNoDelay(true);
}

class SnifferRecord {
  readonly statements = new Map<string, SniffedStatement>();
  readonly violations: SniffedViolation[] = [];
  readonly signIns = new Map<string, number>();

  signIn(role: string): void {
    this.signIns.set(role, (this.signIns.get(role) ?? 0) + 1);
  }

  statement({
    role,
    database,
    sql,
    parameters,
  }: {
    role: string;
    database: string;
    sql: string;
    parameters: (string | null)[];
  }): void {
    const key = JSON.stringify([role, database, sql]);
    const known = this.statements.get(key) ?? { role, database, sql, count: 0, samples: [] };
    if (!this.statements.has(key) && this.statements.size >= STATEMENTS_MAX)
      return this.violation({ role, statement: sql, why: `more than ${STATEMENTS_MAX} different statements` });
    known.count++;
    if (known.samples.length < SAMPLES_MAX) known.samples.push(parameters);
    this.statements.set(key, known);
  }

  violation(seen: SniffedViolation): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(seen);
  }
}
