import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { endInOrder, type GuardedProcess, type GuardMessage } from './embedded/end-in-order.js';

/**
 * The process that outlives the supervisor: it holds a pipe to it, and when that pipe closes (also by `kill -9`)
 * it ends what is still running and then itself. It needs nothing of the operating system, so it works
 * where the kernel has no death signal.
 */
const guarded = new Map<number, GuardedProcess>();
/** Says that something runs, which is false once the guard has ended it. */
let file: string | null = null;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line) as GuardMessage;
  if ('add' in message) guarded.set(message.add.pid, message.add);
  else if ('remove' in message) guarded.delete(message.remove);
  else file = message.removeFile;
});
lines.on('close', () => {
  if (file !== null) rmSync(file, { force: true });
  void endInOrder([...guarded.values()]).finally(() => process.exit(0));
});
