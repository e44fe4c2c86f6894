import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { addImport, addToModule, declareRetention } from './edit-source.mjs';
import { ScaffoldRefusedError, checkNames, formsOf } from './names.mjs';

const ROUTE = /^v1(\/[a-z0-9]+(-[a-z0-9]+)*)+$/;
const TIME_STEP_MS = 1_000;

/**
 * What each kind consists of: templates with the values that they take, and changes of files that are there.
 * A kind is a function of the repository's root, the context, the name and the command's options.
 */
export const KINDS = {
  'use-case': useCase,
  endpoint,
  event,
  migration,
};

function useCase(root, context, name, { read = false }) {
  checkNames(root, context, name, { wordsMin: 2 });
  const forms = formsOf(context, name);
  return {
    templates: [read ? 'read-use-case' : 'use-case'],
    values: forms,
    edits: [provide(forms, `${forms.Name}`, `./${name}.js`), ...(read ? [provideRows(forms)] : [])],
    suites: [name],
  };
}

function endpoint(root, context, name, { method, path, role }) {
  checkNames(root, context, name, { wordsMin: 2 });
  const forms = formsOf(context, name);
  const route = path ?? `v1/${name.split('-').slice(1).join('-')}`;
  if (!ROUTE.test(route))
    throw new ScaffoldRefusedError(`The path ${JSON.stringify(route)} has to be of the form v1/notes, in kebab-case.`);
  const variant = { get: 'read-', delete: 'remove-' }[method] ?? '';
  const values = {
    ...forms,
    route,
    method,
    Method: method.charAt(0).toUpperCase() + method.slice(1),
    METHOD: method.toUpperCase(),
    status: method === 'post' ? 201 : 200,
    role: role ?? '',
    guard: role ? 'RequiresRole' : 'Authenticated',
    guardCall: role ? `RequiresRole('${role}')` : 'Authenticated()',
  };
  return {
    templates: [`${variant}use-case`, `${variant}endpoint`],
    values,
    edits: [
      provide(forms, forms.Name, `./${name}.js`),
      ...(method === 'get' ? [provideRows(forms)] : []),
      (files) => control(files, forms),
    ],
    suites: [name],
  };
}

function event(root, context, name, { aggregate }) {
  checkNames(root, context, name, { wordsMin: 2 });
  const forms = formsOf(context, name);
  const subject = aggregate ?? name.split('-')[0];
  checkNames(root, context, subject, { wordsMin: 1 });
  const { camel } = formsOf(context, subject);
  const values = { ...forms, aggregateId: `${camel}Id` };
  const path = `src/modules/${context}/${context}.events.ts`;
  return {
    templates: ['event'],
    values,
    edits: [
      (files) => files.change(path, (text) => declareEvent(text, values, subject)),
      provide(forms, `Log${forms.Name}`, `./consumers/log-${name}.js`),
    ],
    suites: [`${context}-event-${name}`],
  };
}

function migration(root, context, name) {
  checkNames(root, context, name, { wordsMin: 1 });
  const files = readdirSync(join(root, 'migrations')).filter((file) => /^\d+-.*\.ts$/.test(file));
  const known = files.find((file) => file.replace(/^\d+-/, '') === `${context}-${name}.ts`);
  if (known) throw new ScaffoldRefusedError(`migrations/${known} exists already.`);
  // It runs after all that are there, also those that were numbered ahead of the clock.
  const newest = Math.max(0, ...files.map((file) => Number.parseInt(file, 10)));
  const time = Math.max(Date.now(), newest + TIME_STEP_MS);
  const values = { ...formsOf(context, name), time };
  return {
    templates: ['migration'],
    values,
    edits: [
      (files) =>
        files.change(`src/modules/${context}/persistence/${context}-retention.ts`, (text) =>
          declareRetention(text, values.table, "{ keptForGood: 'Its rows are part of the record.' }"),
        ),
    ],
    suites: [`${context}-migration-${name}`],
  };
}

function declareEvent(text, { context, name, Name, UPPER, Sentence, camel, aggregateId }, subject) {
  if (text.includes(`'${context}.${name}.v1'`))
    throw new ScaffoldRefusedError(`The event ${context}.${name}.v1 exists already; publish its next version instead.`);
  const declared = `
/** ${Sentence}. */
export const ${UPPER} = '${context}.${name}.v1';

/** Payload of {@link ${UPPER}}: ids alone, nothing personal. */
export interface ${Name} {
  readonly ${aggregateId}: string;
}

/** Append it in the transaction of the change. @param fact \`eventId\` is a UUIDv7 */
export function ${camel}(fact: ${Name} & { eventId: string; occurredAt: Date }): DomainEvent<${Name}> {
  const { eventId, occurredAt, ${aggregateId} } = fact;
  return {
    id: eventId,
    type: ${UPPER},
    aggregateType: '${subject}',
    aggregateId: ${aggregateId},
    occurredAt,
    payload: { ${aggregateId} },
  };
}
`;
  return addImport(`${text.trimEnd()}\n${declared}`, 'DomainEvent', '../../platform/outbox/index.js', { isType: true });
}

function provide({ context }, className, specifier) {
  return (files) =>
    files.change(`src/modules/${context}/${context}.module.ts`, (text) =>
      addToModule(addImport(text, className, specifier), 'providers', className),
    );
}

const provideRows = (forms) => provide(forms, `${forms.Name}Rows`, `./persistence/${forms.name}-rows.js`);

function control(files, { context, name, Name }) {
  files.change(`src/modules/${context}/${context}.module.ts`, (text) =>
    addToModule(
      addImport(text, `${Name}Controller`, `./http/${name}.controller.js`),
      'controllers',
      `${Name}Controller`,
    ),
  );
}
