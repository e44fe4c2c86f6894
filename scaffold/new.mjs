import { fileURLToPath } from 'node:url';
import { Argument, Command, CommanderError, Option } from 'commander';
import { generate } from './generate.mjs';
import { ScaffoldRefusedError, contextsOf } from './names.mjs';

/** `npm run new`: writes a use case, an endpoint, an event or a migration with its tests, as CONTRIBUTING describes it. */
const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const USAGE_EXIT = 2;

const program = new Command('npm run new --')
  .description('Writes a use case, an endpoint, an event or a migration with its tests. It never overwrites a file.')
  .helpCommand(false)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`${oneLine(text)} See "npm run new -- --help".\n`) })
  .addHelpText('after', '\nFor the options of one: npm run new -- endpoint --help')
  .allowExcessArguments()
  .action(() => program.error('Name what to write: use-case, endpoint, event or migration.'));

kind('use-case', 'a verb-first use case with its spec').option('--read', 'one that only reads');
kind('endpoint', 'a route with its use case, DTO, presenter, spec and e2e test')
  .addOption(
    new Option('--method <method>', 'of HTTP').choices(['get', 'post', 'put', 'patch', 'delete']).default('post'),
  )
  .option('--path <path>', 'default: v1/ and the name without its verb')
  .addOption(new Option('--role <role>', 'that callers need').choices(['merchandiser', 'finance', 'partner']));
kind('event', 'an event with a consumer and its e2e test').option(
  '--aggregate <noun>',
  'what it happens to (default: the first word of the name)',
);
kind('migration', 'a migration that adds a table named so, with its e2e test');

function kind(name, description) {
  return program
    .command(name)
    .description(description)
    .addArgument(new Argument('<context>', `one of ${contextsOf(ROOT).join(', ')}`))
    .addArgument(new Argument('<name>', 'in kebab-case'))
    .action((context, given, options) => write(name, context, given, options));
}

async function write(kindName, context, name, options) {
  const { created, changed, suites } = await generate(ROOT, kindName, context, name, options);
  for (const path of created) print(`created  ${path}`);
  for (const path of changed) print(`changed  ${path}`);
  print(`\nIts tests: npm test -- ${suites.join(' ')}`);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

function oneLine(text) {
  const said = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
  const begin = said.charAt(0).toUpperCase() + said.slice(1);
  return /[.?!)]$/.test(begin) ? begin : `${begin}.`;
}

process.stdout.on('error', (error) => {
  // A reader that has gone (`| head -1`) ends the output and not the work.
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT;
  else if (error instanceof ScaffoldRefusedError) {
    process.stderr.write(`${error.message} Nothing was written.\n`);
    process.exitCode = USAGE_EXIT;
  } else {
    process.stderr.write(`Nothing was written: ${error.message}\n`);
    process.exitCode = 1;
  }
}
