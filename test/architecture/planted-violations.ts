/** A small tree that keeps every rule, so that what fires beside it is the plant. */
export const CLEAN_TREE: Readonly<Record<string, string>> = {
  'src/main.ts':
    "import { catalog } from './modules/catalog/index.js';\nimport { payments } from './modules/payments/index.js';\nimport { account } from './modules/account/index.js';\nimport { config } from './platform/config/index.js';\nexport const all = [catalog, payments, account, config];\n",
  'src/modules/catalog/index.ts': "export { catalog } from './catalog.module.js';\n",
  'src/modules/catalog/catalog.module.ts':
    "import { price } from './domain/price.js';\nexport const catalog = price;\n",
  'src/modules/catalog/domain/price.ts': 'export const price = 1;\n',
  'src/modules/payments/index.ts': "export { payments } from './payments.module.js';\n",
  'src/modules/payments/payments.module.ts':
    "import { catalog } from '../catalog/index.js';\nexport const payments = catalog;\n",
  'src/modules/account/index.ts': "export { account } from './account.module.js';\n",
  'src/modules/account/account.module.ts': 'export const account = 1;\n',
  'src/platform/config/index.ts': "export { config } from './config.js';\n",
  'src/platform/config/config.ts': 'export const config = 1;\n',
  'src/launcher/up.ts': 'export const up = 1;\n',
  'migrations/1-platform-first.ts': 'export const first = 1;\n',
};

/** For each rule, files that break it; the first one named in the report must be one of them. */
export const PLANTED_VIOLATIONS: readonly { rule: string; files: Readonly<Record<string, string>> }[] = [
  {
    rule: 'context-only-through-its-index',
    files: { 'src/modules/payments/peek.ts': "import '../catalog/catalog.module.js';\n" },
  },
  {
    rule: 'outside-meets-a-context-at-its-index',
    files: { 'src/cli/peek.ts': "import '../modules/catalog/catalog.module.js';\n" },
  },
  {
    rule: 'capability-only-through-its-index',
    files: { 'src/modules/catalog/peek.ts': "import '../../platform/config/config.js';\n" },
  },
  {
    rule: 'capabilities-meet-through-their-index',
    files: { 'src/platform/outbox/peek.ts': "import '../config/config.js';\n" },
  },
  { rule: 'no-own-index', files: { 'src/modules/catalog/own.ts': "import './index.js';\n" } },
  {
    rule: 'catalog-knows-no-other-context',
    files: {
      'src/modules/catalog/arrow.ts':
        "import type { account } from '../account/index.js';\nexport type A = typeof account;\n",
    },
  },
  {
    rule: 'payments-knows-catalog-only',
    files: { 'src/modules/payments/arrow.ts': "import '../account/index.js';\n" },
  },
  {
    rule: 'account-takes-event-types-only',
    files: { 'src/modules/account/arrow.ts': "import '../payments/index.js';\n" },
  },
  {
    rule: 'platform-knows-no-context',
    files: { 'src/platform/config/arrow.ts': "import '../../modules/catalog/index.js';\n" },
  },
  { rule: 'domain-is-pure', files: { 'src/modules/catalog/domain/impure.ts': "import '@nestjs/common';\n" } },
  { rule: 'typeorm-only-in-persistence', files: { 'src/modules/catalog/list.ts': "import 'typeorm';\n" } },
  { rule: 'bullmq-only-in-outbox', files: { 'src/modules/payments/queue.ts': "import 'bullmq';\n" } },
  { rule: 'redis-only-in-its-capabilities', files: { 'src/modules/account/redis.ts': "import 'ioredis';\n" } },
  { rule: 'cache-stores-only-in-cache', files: { 'src/modules/catalog/kept.ts': "import 'cache-manager';\n" } },
  { rule: 'launcher-stays-outside', files: { 'src/cli/launch.ts': "import '../launcher/up.js';\n" } },
  {
    rule: 'product-knows-no-test',
    files: {
      'src/platform/config/tested.ts': "import './config.spec.js';\n",
      'src/platform/config/config.spec.ts': 'export const spec = 1;\n',
    },
  },
  {
    rule: 'no-cycles',
    files: { 'src/platform/config/a.ts': "import './b.js';\n", 'src/platform/config/b.ts': "import './a.js';\n" },
  },
  { rule: 'no-unreachable-file', files: { 'src/platform/config/alone.ts': 'export const alone = 1;\n' } },
  { rule: 'no-unresolvable', files: { 'src/platform/config/lost.ts': "import './nowhere.js';\n" } },
];
