/**
 * Ends with 0 when the container serves, else with 1 and the reason; runs without curl or a shell.
 * Without an argument it asks the ops port whether the whole instance is ready; an http:// argument is
 * fetched instead, and a tcp:// one must take a connection.
 */
import { connect } from 'node:net';

/** Shorter than the timeout of the container engine, so that the reason is printed. */
const TIMEOUT_MS = 4_000;
const target = process.argv[2] ?? `http://127.0.0.1:${process.env.OPS_PORT || 9464}/health/ready`;

async function fetchOk(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

function takesConnection({ hostname, port }) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: TIMEOUT_MS });
    socket.once('connect', () => resolve(socket.destroy()));
    socket.once('timeout', () => reject(new Error('no answer in time')));
    socket.once('error', reject);
  });
}

try {
  const url = new URL(target);
  await (url.protocol === 'tcp:' ? takesConnection(url) : fetchOk(target));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${target} is not healthy: ${error.cause?.message ?? error.message}\n`);
  process.exit(1);
}
