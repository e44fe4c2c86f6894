/**
 * The rules between modules (design, section 3). Each says why, since the one who meets it
 * was not there when it was made. `test/architecture` plants a violation of each and sees it fire.
 */

/** Files that a person, another process or the migration runner starts by their name. */
const ENTRY_POINTS = [
  '^src/(main|worker)\\.ts$',
  '^src/cli/[^/]+\\.ts$',
  '^src/launcher/(bootstrap(/compile-tools)?\\.mjs|(up|dev|db-promote|guard|edge-alone|dev/build-on-save|(sandbox|mail-sink)/main)\\.ts)$',
  '^migrations/\\d+-[^/]+\\.ts$',
];

/** The folders of the launcher from the bottom up; above them are its entry points, which nothing imports. */
const LAUNCHER_LAYERS = ['machine', 'embedded', 'cluster', 'services', 'dev', 'supervision'];

/** Drills, bench and load generator: built by a tsconfig of their own, never in the image. */
const TOOLS = '^test/(drills|bench|load)/';
const TOOL_ENTRY_POINTS = [
  '^test/drills/(drill|connections-fleet|unprotected/without-[^/]+)\\.ts$',
  '^test/bench/(bench|relay-process|baselines/[^/]+|payments/payments-web)\\.ts$',
  '^test/load/generator\\.ts$',
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'context-only-through-its-index',
      comment: 'What a context keeps inside can change without asking another context; only index.ts is promised.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/' },
      to: { path: '^src/modules/[^/]+/', pathNot: ['^src/modules/$1/', '^src/modules/[^/]+/index\\.ts$'] },
    },
    {
      name: 'outside-only-through-the-index-of-a-context',
      comment: 'The same for commands and the entry points.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/modules/' },
      to: { path: '^src/modules/[^/]+/', pathNot: '^src/modules/[^/]+/index\\.ts$' },
    },
    {
      name: 'capability-only-through-its-index',
      comment:
        'A capability is used by its promise (index.ts), so that its storage and policy stay its own. The bootstrap, ' +
        'which runs before anything is compiled, has check-environment.mjs of the configuration instead.',
      severity: 'error',
      from: { path: '^src/(modules|cli|launcher|[^/]+\\.ts$)' },
      to: {
        path: '^src/platform/[^/]+/',
        pathNot: ['^src/platform/[^/]+/index\\.ts$', '^src/platform/config/check-environment\\.mjs$'],
      },
    },
    {
      name: 'capabilities-only-through-each-others-index',
      comment: 'The same between two capabilities.',
      severity: 'error',
      from: { path: '^src/platform/([^/]+)/' },
      to: { path: '^src/platform/[^/]+/', pathNot: ['^src/platform/$1/', '^src/platform/[^/]+/index\\.ts$'] },
    },
    {
      name: 'no-own-index',
      comment: 'Importing the index of the own folder makes cycles; name the file.',
      severity: 'error',
      from: { path: '^src/((modules|platform)/[^/]+)/', pathNot: '/index\\.ts$' },
      to: { path: '^src/$1/index\\.ts$' },
    },
    {
      name: 'catalog-imports-no-other-context',
      comment: 'Arrows: payments -> catalog, account -> payments, account -> catalog. A new one needs an ADR.',
      severity: 'error',
      from: { path: '^src/modules/catalog/' },
      to: { path: '^src/modules/(account|payments)/' },
    },
    {
      name: 'payments-imports-catalog-only',
      comment: 'Payments asks the catalog for price and stock; it has no data about a customer but the account id.',
      severity: 'error',
      from: { path: '^src/modules/payments/' },
      to: { path: '^src/modules/account/' },
    },
    {
      name: 'account-takes-event-types-only',
      comment: 'Account listens to facts of the others and never calls them.',
      severity: 'error',
      from: { path: '^src/modules/account/', pathNot: '^src/modules/account/consumers/' },
      to: { path: '^src/modules/(catalog|payments)/' },
    },
    {
      name: 'platform-imports-no-context',
      comment: 'Capabilities keep things standing; what the business decides is none of their business.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(modules|cli|launcher)/|^src/[^/]+\\.ts$' },
    },
    {
      name: 'domain-is-pure',
      comment: 'Domain code imports domain code and the runtime alone; time, ids and chance come in as arguments.',
      severity: 'error',
      from: { path: '^src/((?:modules|platform)/[^/]+)/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/$1/domain/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'http-is-wired-by-the-module-file',
      comment:
        'Controllers and guards are the rim: what they need of the context, they call; the context calls none of them.',
      severity: 'error',
      from: {
        path: '^src/(modules|platform)/',
        pathNot: ['^src/(modules|platform)/[^/]+/.*\\bhttp/', '^src/(modules|platform)/[^/]+/[^/]+\\.module\\.ts$'],
      },
      to: { path: '^src/(modules|platform)/[^/]+/.*\\bhttp/' },
    },
    {
      name: 'contract-imports-domain-and-platform',
      comment:
        'What clients send and get is made from domain values alone, so that a change of storage cannot change it.',
      severity: 'error',
      from: { path: '^src/((?:modules|platform)/[^/]+)/contract/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/$1/(contract|domain)/', '^src/platform/[^/]+/index\\.ts$'] },
    },
    {
      name: 'contract-is-for-the-rim',
      comment: 'Use cases return results; status, headers and DTOs are made from them by the presenters in contract/.',
      severity: 'error',
      from: {
        path: '^src/(modules|platform)/',
        pathNot: [
          '^src/(modules|platform)/[^/]+/(http|contract)/',
          '^src/(modules|platform)/[^/]+/[^/]+\\.module\\.ts$',
        ],
      },
      to: { path: '^src/(modules|platform)/[^/]+/contract/' },
    },
    {
      name: 'nothing-runs-up',
      comment: 'Domain, persistence and gateway are called by use cases; an arrow back makes them one lump.',
      severity: 'error',
      from: { path: '^src/(modules|platform)/([^/]+)/.*\\b(domain|persistence|gateway)/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^src/$1/$2/',
        pathNot: ['^src/$1/$2/.*\\b(domain|persistence|gateway)/', '^src/$1/$2/$2\\.(events|problems)\\.ts$'],
      },
    },
    {
      name: 'typeorm-only-in-persistence',
      comment: 'Tables are known where they are kept: persistence/, and the capabilities that own tables.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/modules/[^/]+/persistence/',
          '^src/platform/(database|idempotency|outbox|identity|throttling|webhooks/persistence)/',
        ],
      },
      to: { path: '(^|node_modules/)typeorm(/|$)' },
    },
    {
      name: 'bullmq-only-in-outbox',
      comment: 'Events reach the queue through the outbox alone, or a commit and its event could part.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/outbox/' },
      to: { path: '(^|node_modules/)(bullmq|@nestjs/bullmq)(/|$)' },
    },
    {
      name: 'redis-client-only-in-redis',
      comment: 'Every connection to Redis needs bounds and time-outs; one place gives them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/redis/' },
      to: { path: '(^|node_modules/)(ioredis|redis|@keyv/redis)(/|$)' },
    },
    {
      name: 'cache-stores-only-in-cache',
      comment:
        'A store without the policies of platform/cache has no bound, no single flight and no version (ADR 021).',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/cache/' },
      to: { path: '(^|node_modules/)(cache-manager|@nestjs/cache-manager|keyv|@keyv/[^/]+)(/|$)' },
    },
    {
      name: 'launcher-stays-outside',
      comment: 'Nothing of `npm run up` may be loaded in production.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/launcher/' },
      to: { path: '^src/launcher/' },
    },
    ...LAUNCHER_LAYERS.map((layer, index) => ({
      name: `launcher-${layer}-imports-nothing-above-it`,
      comment: 'Folders that import each other in a circle can only be understood together (ADR 008).',
      severity: 'error',
      from: { path: `^src/launcher/${layer}/` },
      to: { path: '^src/launcher/', pathNot: `^src/launcher/(${LAUNCHER_LAYERS.slice(0, index + 1).join('|')})/` },
    })),
    {
      name: 'stand-ins-need-no-launcher',
      comment: 'The image holds sandbox and mail sink and nothing else of the launcher: they would not start there.',
      severity: 'error',
      from: { path: '^src/launcher/(sandbox|mail-sink)/' },
      to: { path: '^src/launcher/', pathNot: '^src/launcher/$1/' },
    },
    {
      name: 'product-imports-no-test',
      comment: 'Product code never depends on test code.',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.spec\\.ts$' },
    },
    {
      name: 'tools-use-the-public-surface',
      comment: 'Drills and bench use the product as another program would, and share nothing with the suites.',
      severity: 'error',
      from: { path: TOOLS, pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(src|migrations|test)/',
        pathNot: [TOOLS, '^src/(modules|platform)/[^/]+/index\\.ts$', '^src/app\\.module\\.ts$', '^src/cli/'],
      },
    },
    {
      name: 'product-needs-no-dev-dependency',
      comment: 'The image holds the production dependencies alone; the launcher runs in a checkout.',
      severity: 'error',
      from: {
        path: '^(src|migrations)/',
        pathNot: ['\\.spec\\.ts$', '^src/launcher/(?!sandbox/|mail-sink/)'],
      },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'no-cycles',
      comment: 'Files in a cycle can only be understood together.',
      severity: 'error',
      from: { path: ['^(src|migrations)/', TOOLS] },
      to: { circular: true },
    },
    {
      name: 'no-unreachable-file',
      comment:
        'A file that no entry point leads to is dead, whatever it imports, and also when only its spec reads it.',
      severity: 'error',
      from: { path: ENTRY_POINTS },
      to: { path: '^(src|migrations)/', pathNot: [...ENTRY_POINTS, '\\.spec\\.ts$'], reachable: false },
    },
    {
      name: 'no-unreachable-tool',
      comment: 'The same for drills and bench, which keep no file of the product alive.',
      severity: 'error',
      from: { path: TOOL_ENTRY_POINTS },
      to: { path: TOOLS, pathNot: [...TOOL_ENTRY_POINTS, '\\.spec\\.ts$'], reachable: false },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that resolves to nothing breaks at run time.',
      severity: 'error',
      from: { path: ['^(src|migrations)/', TOOLS] },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|test/architecture/fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
