import { readVariables } from '../../platform/config/index.js';
import { startSandbox } from './start-sandbox.js';

/** The payment sandbox as a process of its own. */
async function main(): Promise<void> {
  const settings = readVariables([
    'SANDBOX_HOST',
    'SANDBOX_PORT',
    'SANDBOX_DATA_DIR',
    'SANDBOX_API_KEY',
    'SANDBOX_WEBHOOK_SECRET',
    'SANDBOX_WEBHOOK_URL',
  ]);
  const sandbox = await startSandbox({
    host: settings.SANDBOX_HOST,
    port: settings.SANDBOX_PORT,
    dataDir: settings.SANDBOX_DATA_DIR,
    apiKey: settings.SANDBOX_API_KEY,
    webhookSecret: settings.SANDBOX_WEBHOOK_SECRET,
    webhookUrl: settings.SANDBOX_WEBHOOK_URL,
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
