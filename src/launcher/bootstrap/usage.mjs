import { parseArgs } from 'node:util';
import { unknownJestOption } from './jest-options.mjs';
import { BootstrapError } from './machine.mjs';

/** The exit code for arguments that a command does not take; every command shares it. */
const EXIT_USAGE = 2;

const SERVE_OPTIONS = { edge: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
const SERVE_HELP = `  --edge      puts nginx with its cache and the rule set in front, on EDGE_PORT (8080)
  -h, --help  shows this

Exit codes: 0 stopped in order, 1 could not start, 2 wrong arguments, 78 a variable or a port is wrong.
Variables: docker/variables.md; none has to be set.
`;

const USAGES = {
  up: {
    options: SERVE_OPTIONS,
    help: `Usage: npm run up [-- --edge]
Installs what is missing, builds, starts the embedded services and serves until Ctrl-C.

${SERVE_HELP}`,
  },
  dev: {
    options: SERVE_OPTIONS,
    help: `Usage: npm run dev [-- --edge]
Like "npm run up", and builds and serves a source file when it is saved. The services run on, a build with errors is not
served, and changed migrations and functions are applied.

${SERVE_HELP}`,
  },
  start: {
    options: { help: SERVE_OPTIONS.help },
    help: `Usage: npm start
Serves against external services, which DATABASE_URL, REDIS_URL, PAYMENT_PROVIDER_URL and SMTP_URL name; it neither
installs nor builds.

  -h, --help  shows this

Exit codes: 0 stopped in order, 1 failed, 2 wrong arguments, 75 try again later, 78 a variable or a port is wrong.
Variables: docker/variables.md
`,
  },
};

const TEST_HELP = `Usage: npm test [-- PATTERN…] [options of jest]
Without arguments: formatting, lint, boundaries, types, and all suites against real services. With a PATTERN the suites
whose path matches.

  --pooler-pool-size N  server connections of the pooler for each role
  -t TEXT               only the tests whose name matches; any other option of jest works too
  -h, --help            shows this

Exit codes: 0 all passed, 1 something failed, 2 wrong arguments.
`;

/** Jest takes patterns and many options: only what is neither is refused. */
function readTestUsage(args) {
  const unknown = unknownJestOption(args.filter((arg) => arg !== '-h' && arg !== '--help'));
  if (unknown !== undefined)
    throw new BootstrapError(`Unknown option '${unknown}'. See "npm test -- --help".`, EXIT_USAGE);
  const help = args.includes('-h') || args.includes('--help') ? TEST_HELP : undefined;
  return { help, edge: false, startsServices: false };
}

/**
 * Checks the arguments of a command that serves or tests.
 * @returns the help to print instead of running it, and the options; undefined for a command with other arguments
 * @throws BootstrapError with exit code 2 and what is wrong
 */
export function readUsage(name, args) {
  if (name === 'test') return readTestUsage(args);
  const usage = USAGES[name];
  if (usage === undefined) return undefined;
  try {
    const { values } = parseArgs({ args, options: usage.options, strict: true, allowPositionals: false });
    const help = values.help ? usage.help : undefined;
    return { help, edge: values.edge === true, startsServices: name !== 'start' };
  } catch (error) {
    const command = name === 'start' ? 'npm start' : `npm run ${name}`;
    throw new BootstrapError(`${error.message.split('. ')[0]}. See "${command} -- --help".`, EXIT_USAGE);
  }
}
