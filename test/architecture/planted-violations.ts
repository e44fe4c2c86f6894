/** Files by path: a tree to cruise, or what is added to one. */
export type Tree = Readonly<Record<string, string>>;

/** A small tree that keeps every rule and has a file of every kind, so that what fires beside it is the plant. */
export const CLEAN_TREE: Tree = {
  'src/main.ts':
    "import { catalog } from './modules/catalog/index.js';\n" +
    "import { payments } from './modules/payments/index.js';\n" +
    "import { account } from './modules/account/index.js';\nimport { config } from './platform/config/index.js';\n" +
    'export const all = [catalog, payments, account, config];\n',
  'src/modules/catalog/index.ts':
    "export { catalog } from './catalog.module.js';\nexport { readItem } from './read-item.js';\n" +
    "export { ITEM_CHANGED } from './catalog.events.js';\n",
  'src/modules/catalog/catalog.events.ts': "export const ITEM_CHANGED = 'catalog.item-changed.v1';\n",
  'src/modules/catalog/catalog.module.ts':
    "import { controller } from './http/items.controller.js';\nexport const catalog = controller;\n",
  'src/modules/catalog/read-item.ts':
    "import { items } from './persistence/items.js';\nexport const readItem = items;\n",
  'src/modules/catalog/http/items.controller.ts':
    "import { presentItem } from '../contract/item.presenter.js';\nimport { readItem } from '../read-item.js';\n" +
    'export const controller = () => presentItem(readItem);\n',
  'src/modules/catalog/contract/item.presenter.ts':
    "import { price } from '../domain/price.js';\nexport const presentItem = (item: number) => [item, price];\n",
  'src/modules/catalog/persistence/items.ts':
    "import { price } from '../domain/price.js';\nexport const items = price;\n",
  'src/modules/catalog/domain/price.ts': 'export const price = 1;\n',
  'src/modules/payments/index.ts': "export { payments } from './payments.module.js';\n",
  'src/modules/payments/payments.module.ts':
    "import { catalog } from '../catalog/index.js';\nimport { provider } from './gateway/provider.js';\n" +
    'export const payments = [catalog, provider];\n',
  'src/modules/payments/gateway/provider.ts':
    "import { declined } from '../payments.problems.js';\nexport const provider = declined;\n",
  'src/modules/payments/payments.problems.ts': 'export const declined = 1;\n',
  'src/modules/account/index.ts': "export { account } from './account.module.js';\n",
  'src/modules/account/account.module.ts':
    "import { receipts } from './consumers/receipts.js';\nexport const account = receipts;\n",
  'src/modules/account/consumers/receipts.ts':
    "import { ITEM_CHANGED } from '../../catalog/index.js';\nexport const receipts = ITEM_CHANGED;\n",
  'src/platform/config/index.ts': "export { config } from './config.js';\n",
  'src/platform/config/config.ts': 'export const config = 1;\n',
  'src/launcher/up.ts': "import { step } from './step.js';\nexport const up = step;\n",
  'src/launcher/step.ts': 'export const step = 1;\n',
  'migrations/1-platform-first.ts': 'export const first = 1;\n',
  'test/drills/drill.ts':
    "import { readItem } from '../../src/modules/catalog/index.js';\nimport { pace } from '../load/pace.js';\n" +
    'export const drill = [readItem, pace];\n',
  'test/bench/bench.ts': "import { pace } from '../load/pace.js';\nexport const bench = pace;\n",
  'test/load/pace.ts': 'export const pace = 1;\n',
};

/** Every way in which one file can lean on another; a rule that misses one of them can be walked around. */
export const IMPORT_FORMS: Readonly<Record<string, (specifier: string) => string>> = {
  value: (specifier) => `import * as all from '${specifier}';\nexport const used = all;\n`,
  effect: (specifier) => `import '${specifier}';\n`,
  type: (specifier) => `import type * as all from '${specifier}';\nexport type Used = keyof typeof all;\n`,
  'type-query': (specifier) => `export type Used = typeof import('${specifier}');\n`,
  'dynamic-import': (specifier) => `export const load = () => import('${specifier}');\n`,
  'dynamic-template': (specifier) => `export const load = () => import(\`${specifier}\`);\n`,
  're-export': (specifier) => `export * as again from '${specifier}';\n`,
  'type-re-export': (specifier) => `export type * from '${specifier}';\n`,
  'import-require': (specifier) => `import all = require('${specifier}');\nexport const used = all;\n`,
  require: (specifier) =>
    `declare const require: (id: string) => unknown;\nexport const used = require('${specifier}');\n`,
};

export interface PlantedViolation {
  readonly rule: string;
  /** The folder of the file that imports what it must not, and the specifier; planted in each of the forms. */
  readonly imports?: { readonly folder: string; readonly specifier: string };
  /** A plant that is not one import: these files, of which each must be named. */
  readonly files?: Tree;
  /** What the plant needs beside it. */
  readonly beside?: Tree;
  /** A rule that the plant breaks as well, because it says part of the same. */
  readonly breaksToo?: string;
}

const LAUNCHER_LAYERS = ['machine', 'embedded', 'cluster', 'services', 'dev', 'supervision'];

export const PLANTED_VIOLATIONS: readonly PlantedViolation[] = [
  {
    rule: 'context-only-through-its-index',
    imports: { folder: 'src/modules/payments', specifier: '../catalog/read-item.js' },
  },
  {
    rule: 'outside-only-through-the-index-of-a-context',
    imports: { folder: 'src/cli', specifier: '../modules/catalog/read-item.js' },
  },
  {
    rule: 'capability-only-through-its-index',
    imports: { folder: 'src/modules/catalog', specifier: '../../platform/config/config.js' },
  },
  {
    rule: 'capabilities-only-through-each-others-index',
    imports: { folder: 'src/platform/outbox', specifier: '../config/config.js' },
  },
  { rule: 'no-own-index', imports: { folder: 'src/platform/config', specifier: './index.js' } },
  {
    rule: 'catalog-imports-no-other-context',
    imports: { folder: 'src/modules/catalog', specifier: '../account/index.js' },
  },
  {
    rule: 'payments-imports-catalog-only',
    imports: { folder: 'src/modules/payments', specifier: '../account/index.js' },
  },
  {
    rule: 'account-takes-event-types-only',
    imports: { folder: 'src/modules/account', specifier: '../payments/index.js' },
  },
  {
    rule: 'platform-imports-no-context',
    imports: { folder: 'src/platform/config', specifier: '../../modules/catalog/index.js' },
  },
  { rule: 'domain-is-pure', imports: { folder: 'src/modules/catalog/domain', specifier: '@nestjs/common' } },
  {
    rule: 'http-is-wired-by-the-module-file',
    imports: { folder: 'src/modules/catalog', specifier: './http/items.controller.js' },
  },
  {
    rule: 'contract-imports-domain-and-platform',
    imports: { folder: 'src/modules/catalog/contract', specifier: '../read-item.js' },
  },
  {
    rule: 'contract-is-for-the-rim',
    imports: { folder: 'src/modules/catalog', specifier: './contract/item.presenter.js' },
  },
  {
    rule: 'nothing-runs-up',
    imports: { folder: 'src/modules/catalog/persistence', specifier: '../read-item.js' },
  },
  { rule: 'typeorm-only-in-persistence', imports: { folder: 'src/modules/catalog', specifier: 'typeorm' } },
  { rule: 'bullmq-only-in-outbox', imports: { folder: 'src/modules/payments', specifier: 'bullmq' } },
  { rule: 'redis-client-only-in-redis', imports: { folder: 'src/platform/cache', specifier: 'ioredis' } },
  { rule: 'cache-stores-only-in-cache', imports: { folder: 'src/modules/catalog', specifier: 'cache-manager' } },
  { rule: 'launcher-stays-outside', imports: { folder: 'src/cli', specifier: '../launcher/step.js' } },
  ...LAUNCHER_LAYERS.map((layer, index): PlantedViolation => {
    const above = LAUNCHER_LAYERS[index + 1];
    return {
      rule: `launcher-${layer}-imports-nothing-above-it`,
      imports: { folder: `src/launcher/${layer}`, specifier: above ? `../${above}/above.js` : '../step.js' },
      beside: above ? { [`src/launcher/${above}/above.ts`]: 'export const above = 1;\n' } : {},
    };
  }),
  { rule: 'stand-ins-need-no-launcher', imports: { folder: 'src/launcher/mail-sink', specifier: '../step.js' } },
  {
    rule: 'product-imports-no-test',
    imports: { folder: 'src/platform/config', specifier: '../../../test/load/pace.js' },
    files: { 'src/platform/config/by-spec.ts': "import './config.spec.js';\n" },
    beside: { 'src/platform/config/config.spec.ts': 'export const spec = 1;\n' },
  },
  {
    rule: 'tools-use-the-public-surface',
    imports: { folder: 'test/drills', specifier: '../../src/modules/catalog/read-item.js' },
  },
  {
    rule: 'product-needs-no-dev-dependency',
    imports: { folder: 'src/launcher/sandbox', specifier: 'fast-check' },
  },
  {
    rule: 'no-cycles',
    // One file stands for the whole circle in the report.
    files: { 'src/platform/config/a.ts': "import type { B } from './b.js';\nexport type A = B;\n" },
    beside: {
      'src/platform/config/b.ts': "export type { A as B } from './c.js';\n",
      'src/platform/config/c.ts': "export const load = () => import('./a.js');\nexport type A = 1;\n",
    },
  },
  {
    rule: 'no-unreachable-file',
    files: {
      'src/platform/config/alone.ts': 'export const alone = 1;\n',
      // Dead all the same: it imports what lives, a dead file imports it, and its spec passes.
      'src/platform/config/leaning.ts': "import { config } from './config.js';\nexport const leaning = config;\n",
      'src/platform/config/dead-caller.ts': "import { leaning } from './leaning.js';\nexport const dead = leaning;\n",
      'src/cli/doctor/unused-check.ts':
        "import { config } from '../../platform/config/index.js';\nexport const c = config;\n",
    },
    beside: {
      'src/platform/config/leaning.spec.ts':
        "import { leaning } from './leaning.js';\nexport const tested = leaning;\n",
    },
  },
  { rule: 'no-unreachable-tool', files: { 'test/load/unused.ts': "export { pace } from './pace.js';\n" } },
  { rule: 'no-unresolvable', imports: { folder: 'src/platform/config', specifier: './nowhere.js' } },
];

/** The tree of a plant, and the files of it that the rule has to name. */
export function planted({ imports, files = {}, beside = {} }: PlantedViolation): { tree: Tree; named: string[] } {
  const forms = imports
    ? Object.entries(IMPORT_FORMS).map(([form, text]) => [`${imports.folder}/by-${form}.ts`, text(imports.specifier)])
    : [];
  const plants: Tree = { ...files, ...(Object.fromEntries(forms) as Tree) };
  return { tree: { ...CLEAN_TREE, ...beside, ...plants }, named: Object.keys(plants) };
}
