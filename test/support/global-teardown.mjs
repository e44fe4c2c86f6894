import { rmSync } from 'node:fs';

/** Ends what the set-up started and removes its data. */
export default async function globalTeardown() {
  const { dataDir } = JSON.parse(process.env.BULWARK_TEST_SERVICES ?? '{}');
  await globalThis.bulwarkServices?.stop();
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
}
