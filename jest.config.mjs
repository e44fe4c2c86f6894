/**
 * Jest on Node 20 cannot require ESM-only packages, so swc turns our TypeScript and
 * those packages into CommonJS. A newcomer to this list shows itself as
 * "Must use import to load ES Module".
 */
const esmOnlyPackages = [
  '@nestjs',
  '@nestjs-cls',
  'nestjs-cls',
  'cookie',
  '@fastify',
  'fastify',
  'keyv',
  'cache-manager',
  '@keyv',
  '@cacheable',
  'cacheable',
  'hookified',
  'qified',
  'uuid',
  'jose',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  'p-timeout',
  'get-port',
  'path-to-regexp',
  'find-my-way',
  'light-my-request',
  'typeorm',
  '@zxcvbn-ts',
  'csv-parse',
  'nodemailer',
  'smtp-server',
  'stripe',
  'rate-limiter-flexible',
  'bullmq',
  'fast-check',
  'pure-rand',
  'iterare',
  'uid',
  '@lukeed',
  'load-esm',
  'dependency-cruiser',
  'sql-highlight',
  'ansis',
  'dayjs',
];

const swcOptions = {
  sourceMaps: 'inline',
  module: { type: 'commonjs', strictMode: true },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
};

const base = {
  rootDir: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  testEnvironment: 'node',
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', swcOptions] },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnlyPackages.join('|')})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.bulwark'],
};

export default {
  // Each worker has services of its own (test/support/service-sets.mjs). More of them than cores: suites wait for
  // leases, restarts and timers as often as they compute.
  maxWorkers: Number(process.env.BULWARK_TEST_WORKERS || 3),
  // A hang is found later, but a busy machine is not mistaken for one.
  testTimeout: 180_000,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/migrations/**/*.spec.ts'] },
    {
      ...base,
      displayName: 'architecture',
      testMatch: ['<rootDir>/test/architecture/**/*.test.ts', '<rootDir>/test/contract/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
      setupFiles: ['<rootDir>/test/support/take-services.cjs'],
    },
  ],
};
