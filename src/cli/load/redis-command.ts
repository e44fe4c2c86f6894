import { connect } from 'node:net';

const TIMEOUT_MS = 5_000;

/** Sends one command without arguments that hold spaces, to a Redis of ours. @throws Error when it refuses or is silent */
export function redisCommand(redisUrl: string, command: string): Promise<string> {
  const { hostname, port, password } = new URL(redisUrl);
  const commands = `${password ? `AUTH ${decodeURIComponent(password)}\r\n` : ''}${command}\r\nQUIT\r\n`;
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ host: hostname, port: Number(port || 6379) }, () => socket.write(commands));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`Redis did not answer within ${TIMEOUT_MS} ms.`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('end', () => {
      socket.end();
      const lines = answer.trim().split('\r\n');
      const refusal = lines.find((line) => line.startsWith('-'));
      if (refusal) reject(new Error(`Redis refused ${command}: ${refusal}`));
      else resolve(lines.at(-2) ?? '');
    });
  });
}

/** Empties a Redis of ours, as a restart without its memory would. */
export async function flushRedis(redisUrl: string): Promise<void> {
  await redisCommand(redisUrl, 'FLUSHALL');
}

/** How many keys a Redis holds. */
export async function keysIn(redisUrl: string): Promise<number> {
  return Number((await redisCommand(redisUrl, 'DBSIZE')).slice(1));
}
