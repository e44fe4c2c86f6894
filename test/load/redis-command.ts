import { connect } from 'node:net';

const TIMEOUT_MS = 5_000;

/**
 * Sends one command without arguments that hold spaces to a Redis of ours; answers the lines of its protocol.
 * @throws Error when it refuses or is silent
 */
export function redisCommand(redisUrl: string, command: string): Promise<string[]> {
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
      // The last line answers the QUIT, and the first one a sign-in.
      else resolve(lines.slice(password ? 1 : 0, -1));
    });
  });
}

/** Empties a Redis of ours, as a restart without its memory would. */
export async function flushRedis(redisUrl: string): Promise<void> {
  await redisCommand(redisUrl, 'FLUSHALL');
}

/** How many keys a Redis holds. */
export async function keysIn(redisUrl: string): Promise<number> {
  return Number((await redisCommand(redisUrl, 'DBSIZE'))[0]?.slice(1));
}

/** A figure of `INFO`, for example `evicted_keys`. */
export async function redisFigure(redisUrl: string, name: string): Promise<number> {
  const line = (await redisCommand(redisUrl, 'INFO')).find((one) => one.startsWith(`${name}:`));
  return Number(line?.slice(name.length + 1));
}
