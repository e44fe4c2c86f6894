import { connect } from 'node:net';

const TIMEOUT_MS = 5_000;

/** Empties a Redis of ours, as a restart without its memory would. @throws Error when it refuses or is silent */
export function flushRedis(redisUrl: string): Promise<void> {
  const { hostname, port, password } = new URL(redisUrl);
  const commands = `${password ? `AUTH ${decodeURIComponent(password)}\r\n` : ''}FLUSHALL\r\nQUIT\r\n`;
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
      if (answer.includes('-')) reject(new Error(`Redis refused to be emptied: ${answer.trim()}`));
      else resolve();
    });
  });
}
