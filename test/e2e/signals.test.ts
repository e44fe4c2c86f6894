import { setTimeout as wait } from 'node:timers/promises';
import { startBulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart } from '../support/fresh-start.js';
import { isLongRun } from '../support/long-run.js';
import { NpmRun, type Receiver } from '../support/npm-run.js';
import { pay, stockUp, type Sold } from '../support/payments.js';
import { newCustomer, type Person } from '../support/people.js';
import { clearFaults, faultsLeft, setFault } from '../support/provider-sandbox.js';
import { runCli } from '../support/run-cli.js';

/** Longer than a repeated signal and the end of the parent take to be noticed. */
const HOLD_MS = 1_500;
const END_MAX_MS = 10_000;
const CASE_MAX_MS = 120_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const RECEIVERS = ['the process', 'npm', 'the group'] as const;
const ALL_CASES: [NodeJS.Signals, Receiver][] = [
  ...SIGNALS.flatMap((signal) => RECEIVERS.map((receiver): [NodeJS.Signals, Receiver] => [signal, receiver])),
  ['SIGHUP', 'the terminal'],
];
/** Every receiver and every signal, and the pairs that once ended requests in flight. */
const SHORT_CASES: typeof ALL_CASES = [
  ['SIGINT', 'the process'],
  ['SIGTERM', 'npm'],
  ['SIGTERM', 'the group'],
  ['SIGHUP', 'the group'],
  ['SIGHUP', 'the terminal'],
];
/** npm passes no SIGHUP on and ends by it, and a terminal's program was killed: then there is no exit code. */
const hasExitCode = (signal: NodeJS.Signals, receiver: Receiver): boolean =>
  receiver !== 'the terminal' && (signal !== 'SIGHUP' || receiver === 'the process');

describe('the end of npm run up and npm start with a payment in flight', () => {
  let item: Sold;
  let customers: Person[] = [];
  let runs: NpmRun[] = [];

  beforeAll(async () => {
    await freshStart();
    await runCli('catalog-sample');
    [item] = await stockUp(1_000);
    const bulwark = await startBulwark({ BULWARK_ROLE: 'web' });
    customers = [await newCustomer(bulwark.api), await newCustomer(bulwark.api)];
    await bulwark.stop();
  }, CASE_MAX_MS);

  afterEach(async () => {
    await clearFaults();
    for (const run of runs) run.remove();
    runs = [];
  });

  it.each(isLongRun ? ALL_CASES : SHORT_CASES)(
    'by %s to %s: the payment is answered, and nothing is left',
    async (signal, receiver) => {
      runs = await Promise.all(
        (['up', 'start'] as const).map((command) => NpmRun.start(command, receiver === 'the terminal')),
      );
      await setFault({ operation: 'authorize', mode: 'hold', count: runs.length });
      const payments = runs.map((run, index) => pay(run.api, item.id, {}, { token: customers[index]?.token ?? '' }));
      await eventually(async () => (await faultsLeft()).length === 0);
      for (const run of runs) run.signal(signal, receiver);
      await wait(HOLD_MS);
      await clearFaults();
      expect((await Promise.all(payments)).map(({ status }) => status)).toEqual([201, 201]);
      const codes = await Promise.all(runs.map((run) => run.exitCode));
      expect(codes).toEqual(hasExitCode(signal, receiver) ? [0, 0] : [null, null]);
      await eventually(() => runs.every((run) => run.left().length === 0), END_MAX_MS);
    },
    CASE_MAX_MS,
  );
});
