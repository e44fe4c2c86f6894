import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { AppModule } from '../../../src/app.module.js';
import { PAYMENT_GATEWAY, type PaymentGateway } from '../../../src/modules/payments/index.js';
import { loadConfig } from '../../../src/platform/config/index.js';
import { createHttpApp } from '../../../src/platform/http/index.js';
import { AccessTokens } from '../../../src/platform/identity/index.js';
import { logger } from '../../../src/platform/observability/index.js';
import { recordStatements, type RecordedStatement } from './record-statements.js';

/** What the process sends to the bench. */
export type PaymentsWebMessage = { readonly port: number } | { readonly statements: readonly RecordedStatement[] };
/** What the bench asks of it. */
export type PaymentsWebCommand = 'record' | 'report';

/** A provider that takes no time and always agrees: what is left is the product. */
const PROVIDER: PaymentGateway = {
  isAvailable: () => true,
  authorize: ({ paymentId }) => Promise.resolve({ kind: 'authorized', providerId: `pi_${paymentId}` }),
  capture: (_, providerId) => Promise.resolve({ kind: 'captured', providerId }),
  void: () => Promise.resolve({ kind: 'voided', reason: 'asked' }),
  refund: () => Promise.resolve({ kind: 'refunded' }),
  find: () => Promise.resolve({ kind: 'none' }),
  charges: () => Promise.resolve({ charges: [], next: undefined }),
};

/**
 * A web process of the real product in which only the provider is another one.
 * Arguments: a file of `account session` lines, and the file for their access tokens.
 */
async function serve([buyersFile = '', tokensFile = '']: string[]): Promise<void> {
  const config = loadConfig();
  logger.level = config.logLevel;
  const app = await createHttpApp(AppModule, config);
  Object.assign(app.get<object>(PAYMENT_GATEWAY, { strict: false }), PROVIDER);
  const tokens = app.get(AccessTokens, { strict: false });
  const buyers = readFileSync(buyersFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const signed = await Promise.all(
    buyers.map(([accountId = '', sessionId = '']) => tokens.sign({ accountId, sessionId })),
  );
  writeFileSync(tokensFile, `${signed.map(({ token }) => token).join('\n')}\n`);
  let stopRecording: () => readonly RecordedStatement[] = () => [];
  process.on('message', (command: PaymentsWebCommand) => {
    if (command === 'record') stopRecording = recordStatements();
    else report({ statements: stopRecording() });
  });
  process.on('disconnect', () => process.exit(0));
  await app.listen(0, '127.0.0.1');
  report({ port: (app.getHttpServer().address() as AddressInfo).port });
}

function report(message: PaymentsWebMessage): void {
  process.send?.(message);
}

await serve(process.argv.slice(2));
