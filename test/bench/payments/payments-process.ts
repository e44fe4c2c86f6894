import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtFile } from '../../load/built-files.js';
import type { CleanUp } from '../../load/clean-up.js';
import { pinProcess, SERVER_CORE } from '../../load/pinning.js';
import { environmentOf, replacing, type Instance } from '../../load/spawn-instance.js';
import { fixtureId, type Fixtures } from './fixtures.js';
import type { PaymentsWebCommand, PaymentsWebMessage } from './payments-web.js';
import type { RecordedStatement } from './record-statements.js';

const START_MAX_MS = 60_000;
const REQUEST_TIMEOUT_MS = 10_000;
const NO_LIMIT = '1000000000';
const ITEM = 1;
/** Not the first: that one compiles the code and opens the connections. */
const UNRECORDED = 20;

/** The bench's end of a web process whose provider takes no time. */
export class PaymentsProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly tokensFile: string,
  ) {}

  static async start(
    instance: Instance,
    fixtures: Fixtures,
    folder: string,
    cleanUp: CleanUp,
    replaced?: string,
  ): Promise<PaymentsProcess> {
    const tokensFile = join(folder, `tokens-${randomUUID()}.txt`);
    const env = {
      ...environmentOf(instance),
      RATE_LIMIT_PER_ADDRESS: NO_LIMIT,
      ACCESS_TOKEN_TTL_SECONDS: '3600',
      DATABASE_ACQUIRE_TIMEOUT_MS: '10000',
    };
    const child = fork(builtFile('test/bench/payments/payments-web.js'), [fixtures.buyersFile, tokensFile], {
      execArgv: [...process.execArgv, ...replacing(replaced)],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      env,
    });
    cleanUp.add(() => void child.kill('SIGKILL'));
    const message = await next(child);
    if (!('port' in message)) throw new Error('The payments process did not report its port.');
    if (child.pid !== undefined) pinProcess(child.pid, SERVER_CORE);
    return new PaymentsProcess(child, `http://127.0.0.1:${message.port}`, tokensFile);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What one payment sends to the databases. */
  async recordPayment(): Promise<{ key: string; statements: readonly RecordedStatement[] }> {
    const [token = ''] = readFileSync(this.tokensFile, 'utf8').split('\n', 1);
    for (let n = 0; n < UNRECORDED; n += 1) await this.pay(token, randomUUID());
    const key = randomUUID();
    this.child.send('record' satisfies PaymentsWebCommand);
    await this.pay(token, key);
    this.child.send('report' satisfies PaymentsWebCommand);
    const message = await next(this.child);
    if (!('statements' in message)) throw new Error('The payments process did not report its statements.');
    return { key, statements: message.statements };
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }

  private async pay(token: string, key: string): Promise<void> {
    const answer = await fetch(`${this.url}/v1/payments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ items: [{ itemId: fixtureId('item', ITEM), quantity: 1 }], paymentMethod: 'tok_ok' }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (answer.status !== 201) throw new Error(`A payment was answered with ${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
  }
}

function next(child: ChildProcess): Promise<PaymentsWebMessage> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      finish(() => reject(new Error(`The payments process ended with ${code}.`)));
    const answered = (message: PaymentsWebMessage): void => finish(() => resolve(message));
    const late = setTimeout(() => finish(() => reject(new Error('The payments process said nothing.'))), START_MAX_MS);
    const finish = (conclude: () => void): void => {
      clearTimeout(late);
      child.off('exit', ended).off('message', answered);
      conclude();
    };
    child.once('exit', ended).once('message', answered);
  });
}
