import type { Finding } from './finding.js';

/** The part of the OpenAPI document that is read. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly 'x-idempotency-exempt'?: string;
}

const STATE_CHANGING = ['post', 'put', 'patch', 'delete'];
const QUESTION = 'Is every route that changes state idempotent?';

/** Question 3. @param isDefended whether the instances say that they keep idempotency on */
export function evaluateRoutes({ paths }: ApiDocument, isDefended: boolean): Finding {
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    STATE_CHANGING.flatMap((method) => {
      const operation = operations[method];
      return operation === undefined ? [] : [{ name: `${method.toUpperCase()} ${path}`, ...treatmentOf(operation) }];
    }),
  );
  const of = (kind: string): typeof routes => routes.filter((route) => route.kind === kind);
  const [idempotent, exempt, open] = [of('idempotent'), of('exempt'), of('open')];
  const measured = `${idempotent.length} idempotent, ${exempt.length} exempt in writing, ${open.length} neither`;
  const evidence = [
    '/openapi.json: a required Idempotency-Key, or x-idempotency-exempt',
    ...routes.map(({ name, how }) => `${name}: ${how}`),
  ];
  if (!isDefended)
    return {
      question: QUESTION,
      figure: measured,
      status: 'critical',
      evidence,
      repair:
        'Idempotency is replaced, and retries pay twice. This is not the product as it ships: start it with ' +
        '"npm start" (ADR 027).',
    };
  if (open.length > 0)
    return {
      question: QUESTION,
      figure: measured,
      status: 'critical',
      evidence,
      repair:
        `A retry of ${open.map(({ name }) => name).join(', ')} acts twice. ` +
        "Add @Idempotent(), or @ExemptFromIdempotency('why repeating it is safe').",
    };
  if (routes.length === 0)
    return {
      question: QUESTION,
      figure: measured,
      status: 'unknown',
      evidence,
      repair: 'The document has no route that changes state: is it the right system?',
    };
  return { question: QUESTION, figure: measured, status: 'good', evidence, repair: '' };
}

function treatmentOf(operation: Operation): { kind: 'idempotent' | 'exempt' | 'open'; how: string } {
  if (
    operation.parameters?.some(
      ({ name, in: place, required }) => name.toLowerCase() === 'idempotency-key' && place === 'header' && required,
    )
  )
    return { kind: 'idempotent', how: 'idempotent' };
  const reason = operation['x-idempotency-exempt'];
  return reason ? { kind: 'exempt', how: `exempt: ${reason}` } : { kind: 'open', how: 'neither idempotent nor exempt' };
}
