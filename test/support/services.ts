/** Addresses of the services that the set-up started. */
export interface TestServices {
  postgresPrimary: string;
  postgresReplica: string;
  pooler: string;
  /** The console of the pooler. */
  poolerAdmin: string;
  redis: string;
  redisCache: string;
  paymentProvider: string;
  mailDir: string;
  dataDir: string;
  pids: Record<string, number>;
  /** What an application process needs to find them. */
  environment: Record<string, string>;
}

/** The services of this test run. */
export function testServices(): TestServices {
  const text = process.env.BULWARK_TEST_SERVICES;
  if (!text) throw new Error('The e2e suites need their services: run `npm test`, or `npx jest --selectProjects e2e`.');
  return JSON.parse(text) as TestServices;
}
