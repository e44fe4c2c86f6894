import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PhaseResult } from '../../load/load-plan.js';
import { GENERATOR_CORE } from '../../load/pinning.js';
import { queryPrimary } from '../../load/query-database.js';
import { Generator } from '../../load/run-generator.js';
import { startInstance, type Instance } from '../../load/spawn-instance.js';
import { temporaryFolder } from '../../load/temporary-folder.js';
import type { Throughput } from '../../load/wrk.js';
import type { BenchOptions } from '../bench-system.js';
import { failuresOf, median, ratioOf, takeTurns, type Candidate, type Course } from '../rounds.js';
import type { BenchRow } from '../targets.js';
import { ACCOUNTS, fillFixtures, ITEMS, type Fixtures } from './fixtures.js';
import { PaymentsProcess } from './payments-process.js';
import { durableTransactions, pgbenchScript, type DurableTransactions } from './payment-script.js';
import { findPgbench, runPgbench } from './pgbench.js';

/** Clients of the product and of the baseline alike. */
const CONNECTIONS = 16;
const PATH = '/v1/payments';
const REQUEST_TIMEOUT_MS = 10_000;
const REQUESTS_MAX = 10_000_000;
const WITHOUT_IDEMPOTENCY = 'test/drills/unprotected/without-idempotency.js';
const PRODUCT = 'bulwark';
const BASELINE = 'pgbench';

/** P9 to P11: payments of the product beside its own statements, sent by pgbench. */
export async function benchPaymentWrites(options: BenchOptions): Promise<BenchRow[]> {
  const { cleanUp, say } = options;
  say('P9: payments, the provider takes no time');
  const folder = temporaryFolder('bulwark-bench-', cleanUp);
  // Without a worker: the baseline delivers no events either.
  const instance = await startInstance({
    dataDir: temporaryFolder('bulwark-bench-data-', cleanUp),
    settings: { WEB_WORKERS: '1', BULWARK_ROLE: 'web' },
  });
  cleanUp.add(() => instance.stop());
  const bench = await PaymentBench.prepare(instance, folder, options);
  try {
    const rows = [...(await bench.throughput()), ...(await bench.latency()), ...(await bench.costOfTheLaw())];
    return rows;
  } finally {
    await instance.stop();
  }
}

class PaymentBench {
  private capacity: Readonly<Record<string, number>> = {};

  private constructor(
    private readonly instance: Instance,
    private readonly folder: string,
    private readonly options: BenchOptions,
    private readonly fixtures: Fixtures,
    private readonly web: PaymentsProcess,
    private readonly pgbench: string,
    private readonly transactions: DurableTransactions,
    private readonly statementsOfAll: number,
  ) {}

  static async prepare(instance: Instance, folder: string, options: BenchOptions): Promise<PaymentBench> {
    const pgbench = findPgbench();
    if (pgbench === null) throw new Error('pgbench is not on this machine.');
    const fixtures = await fillFixtures(instance, folder);
    const web = await PaymentsProcess.start(instance, fixtures, folder, options.cleanUp);
    const { key, statements } = await web.recordPayment();
    const transactions = durableTransactions(statements);
    writeFileSync(join(folder, 'payment.sql'), pgbenchScript(transactions, key));
    return new PaymentBench(instance, folder, options, fixtures, web, pgbench, transactions, statements.length);
  }

  async throughput(): Promise<BenchRow[]> {
    const { rounds, say } = this.options;
    const candidates = [this.product(), this.baseline()];
    await takeTurns(candidates, 1, (text) => say(text.replace('round 1', 'run-in ')));
    await this.checkBaseline();
    const courses = await takeTurns(candidates, rounds, say);
    this.capacity = Object.fromEntries(courses.map(({ name, medianPerSecond }) => [name, medianPerSecond]));
    const evidence = {
      courses,
      failures: failuresOf(courses),
      connections: CONNECTIONS,
      items: ITEMS,
      accounts: ACCOUNTS,
      statementsOfOnePayment: this.statementsOfAll,
      durableTransactions: this.transactions,
    };
    return [{ name: 'P9', value: ratioOf(courses, PRODUCT, BASELINE), evidence }];
  }

  /** P10: both at half of what they can do. */
  async latency(): Promise<BenchRow[]> {
    const { rounds, say } = this.options;
    say('P10: payments at half of the capacity');
    const half = (name: string): number => Math.max(1, Math.floor((this.capacity[name] ?? 0) / 2));
    const courses = await takeTurns([this.product(half(PRODUCT)), this.baseline(half(BASELINE))], rounds, say);
    const p99 = (name: string): number =>
      median(courses.find((course) => course.name === name)?.rounds.map(({ p99Ms }) => p99Ms) ?? []);
    return [
      {
        name: 'P10',
        value: p99(PRODUCT) / p99(BASELINE),
        evidence: {
          courses,
          failures: failuresOf(courses),
          p99Ms: { [PRODUCT]: p99(PRODUCT), [BASELINE]: p99(BASELINE) },
        },
      },
    ];
  }

  /** P11: the same product with and without idempotency, one payment at a time. */
  async costOfTheLaw(): Promise<BenchRow[]> {
    const { rounds, say, cleanUp } = this.options;
    say('P11: payments one at a time, with and without idempotency');
    const { instance, fixtures, folder } = this;
    const without = await PaymentsProcess.start(instance, fixtures, folder, cleanUp, WITHOUT_IDEMPOTENCY);
    const durableWithout = durableTransactions((await without.recordPayment()).statements).length;
    const candidates = [
      this.product(undefined, 'with idempotency', this.web, 1),
      this.product(undefined, 'without idempotency', without, 1),
    ];
    await takeTurns(candidates, 1, (text) => say(text.replace('round 1', 'run-in ')));
    const courses = await takeTurns(candidates, rounds, say);
    await without.stop();
    const p50 = ({ rounds: taken }: Course): number => median(taken.map(({ p50Ms }) => p50Ms));
    const [on = 0, off = 0] = courses.map(p50);
    const evidence = {
      courses,
      failures: failuresOf(courses),
      durableWritesWith: this.transactions.length,
      durableWritesWithout: durableWithout,
      p50Ms: { on, off },
    };
    return [
      { name: 'P11', value: this.transactions.length - durableWithout, evidence },
      { name: 'P11 time', value: on - off, evidence: { p50Ms: { on, off } } },
    ];
  }

  private product(perSecond?: number, name = PRODUCT, web = this.web, connections = CONNECTIONS): Candidate {
    return { name, measure: () => this.load(web, connections, perSecond) };
  }

  private baseline(perSecond?: number): Candidate {
    const {
      instance,
      folder,
      pgbench: program,
      options: { roundSeconds: seconds },
    } = this;
    return {
      name: BASELINE,
      measure: () =>
        runPgbench({
          program,
          connectionString: instance.run.pooler,
          scriptFile: join(folder, 'payment.sql'),
          folder,
          clients: CONNECTIONS,
          seconds,
          perSecond,
        }),
    };
  }

  private async load(web: PaymentsProcess, connections: number, perSecond?: number): Promise<Throughput> {
    const payments = { tokensFile: web.tokensFile, itemIdsFile: this.fixtures.itemIdsFile };
    const generator = await Generator.start(
      { url: web.url, connections, keys: { kind: 'one', path: PATH }, payments, requestTimeoutMs: REQUEST_TIMEOUT_MS },
      this.options.cleanUp,
      GENERATOR_CORE,
    );
    const pace =
      perSecond === undefined
        ? ({ kind: 'closed', thinkMinMs: 0, thinkMaxMs: 0 } as const)
        : ({ kind: 'open', perSecond } as const);
    const result = await generator.run({
      name: 'payments',
      pace,
      durationMs: this.options.roundSeconds * 1_000,
      requestsMax: REQUESTS_MAX,
    });
    await generator.stop();
    return throughputOf(result, this.options.roundSeconds);
  }

  /** The baseline must make the same payments, or it would be fast by doing nothing. */
  private async checkBaseline(): Promise<void> {
    const [row] = await queryPrimary<{ made: string; published: string }>(
      this.instance,
      `SELECT
      (SELECT count(*) FROM audit.payments WHERE status = 'captured' AND id::text NOT LIKE '________-____-7%') AS made,
      (SELECT count(*) FROM platform.idempotency_keys WHERE key LIKE 'bench-%' AND state = 'finished') AS published`,
    );
    if (Number(row?.made) === 0 || row?.made !== row?.published)
      throw new Error(
        "The baseline's payments are not those of the product: " +
          `${JSON.stringify(row)}\n${readFileSync(join(this.folder, 'payment.sql'), 'utf8')}`,
      );
  }
}

function throughputOf(result: PhaseResult, seconds: number): Throughput {
  const paid = result.byStatus['201'] ?? 0;
  return { perSecond: paid / seconds, p50Ms: result.p50Ms, p99Ms: result.p99Ms, failures: result.requests - paid };
}
