import { describeProblemResponse } from '../problems/index.js';

/** An operation of the document, as far as it is completed here. */
interface Operation {
  parameters?: Parameter[];
  responses: Record<string, unknown>;
  requestBody?: unknown;
  security?: object[];
}

interface Parameter {
  name?: string;
  in?: string;
  description?: string;
  [member: string]: unknown;
}

const CONSISTENCY_PARAMETER: Parameter = {
  name: 'Consistency-Token',
  in: 'header',
  required: false,
  description:
    'The token of an earlier write: the answer shows that write. ' +
    'Without it, writes of your session are shown all the same.',
  schema: { type: 'string' },
};

/** Adds what holds for every route of this server: its common problems, headers and parameters. */
export function completeOperation(operation: object, method: string): void {
  const complete = operation as Operation;
  // Said in so many words: an operation that is silent about it may have been forgotten.
  complete.security ??= [];
  const writes = method !== 'get';
  const common: [number, string[]][] = [
    [400, writes ? ['validation_failed', 'malformed_json', 'bad_request'] : ['validation_failed', 'bad_request']],
    ...(complete.requestBody
      ? ([
          [413, ['payload_too_large']],
          [415, ['unsupported_media_type']],
        ] as [number, string[]][])
      : []),
    [429, ['rate_limited']],
    [500, ['internal_error']],
    [503, ['unavailable']],
  ];
  for (const [status, codes] of common) addProblems(complete, status, codes);
  complete.parameters = withoutDoubles(complete.parameters ?? []);
  describeHeaders(complete, writes);
  if (!writes) complete.parameters.push(CONSISTENCY_PARAMETER);
}

/**
 * A header that a handler reads by `@Headers()` and that `@ApiHeader()` describes comes twice, the first time as
 * mandatory and in small letters. The described one stays.
 */
function withoutDoubles(parameters: readonly Parameter[]): Parameter[] {
  const nameOf = ({ name, in: place }: Parameter): string => `${place} ${name?.toLowerCase()}`;
  const described = new Set(parameters.filter(({ description }) => description).map(nameOf));
  return parameters.filter((parameter) => parameter.description !== undefined || !described.has(nameOf(parameter)));
}

/** Headers of every success, and the one that marks a replay. */
function describeHeaders(operation: Operation, writes: boolean): void {
  const isIdempotent = operation.parameters?.some(({ name }) => name === 'Idempotency-Key');
  const headers = {
    'X-Request-Id': { description: 'Names the request; a sane one that you send is kept.', schema: { type: 'string' } },
    ...(isIdempotent
      ? {
          'Idempotency-Replayed': {
            description: 'Present when this is the stored answer of an earlier request with the same key.',
            schema: { type: 'string', enum: ['true'] },
          },
        }
      : {}),
    ...(writes
      ? {
          'Consistency-Token': {
            description: 'Where the write went; bring it back with a read that has to show it. Also a cookie.',
            schema: { type: 'string' },
          },
        }
      : {}),
  };
  for (const [status, response] of Object.entries(operation.responses)) {
    if (status.startsWith('2'))
      Object.assign(response as object, { headers: { ...(response as { headers?: object }).headers, ...headers } });
  }
}

function addProblems(operation: Operation, status: number, codes: readonly string[]): void {
  const described = operation.responses[status] as ReturnType<typeof describeProblemResponse> | undefined;
  const examples = described?.content?.['application/problem+json']?.examples ?? {};
  const { status: _status, ...response } = describeProblemResponse(status, [
    ...new Set([...Object.keys(examples), ...codes]),
  ]);
  operation.responses[status] = response;
}
