import { startSandbox } from './start-sandbox.js';

/** The payment sandbox as a process of its own. */
async function main(): Promise<void> {
  const { SANDBOX_HOST, SANDBOX_PORT, SANDBOX_DATA_DIR, SANDBOX_API_KEY, SANDBOX_WEBHOOK_SECRET, SANDBOX_WEBHOOK_URL } =
    process.env;
  if (!SANDBOX_DATA_DIR || !SANDBOX_API_KEY || !SANDBOX_WEBHOOK_SECRET)
    throw new Error('The sandbox wants SANDBOX_DATA_DIR, SANDBOX_API_KEY and SANDBOX_WEBHOOK_SECRET.');
  const sandbox = await startSandbox({
    host: SANDBOX_HOST ?? '127.0.0.1',
    port: Number(SANDBOX_PORT ?? 0),
    dataDir: SANDBOX_DATA_DIR,
    apiKey: SANDBOX_API_KEY,
    webhookSecret: SANDBOX_WEBHOOK_SECRET,
    webhookUrl: SANDBOX_WEBHOOK_URL,
  });
  process.stdout.write(`${JSON.stringify({ ready: true, port: sandbox.port })}\n`);
  const end = (): void => void sandbox.stop().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
});
