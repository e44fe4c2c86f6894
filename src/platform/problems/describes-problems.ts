import 'reflect-metadata';
import { ApiResponse } from '@nestjs/swagger';
import { allProblems } from './problem.js';

/** Where the OpenAPI generator keeps what a handler may answer. */
const RESPONSES = 'swagger/apiResponse';

const header = (description: string) => ({ description, schema: { type: 'string' as const } });
const RETRY_AFTER = { 'Retry-After': header('Whole seconds to wait before the next attempt.') };
const RATE_LIMIT = {
  RateLimit: header('What is left of the limit, and in how many seconds it is whole again.'),
  'RateLimit-Policy': header('The limit: its quota and its window in seconds.'),
};
/** Statuses that say when to come back. */
const WAITS = new Set([429, 503]);

type Described = Readonly<Record<string, Partial<ReturnType<typeof describe>> | undefined>>;

/**
 * Puts the problems that a route answers with into the OpenAPI document, grouped by status with an example each.
 * Several on one route add up, also where they share a status.
 * @throws Error at start when a code is not in the catalogue
 */
export function DescribesProblems(...codes: string[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const definition = allProblems().get(code);
    if (!definition) throw new Error(`Unknown problem code "${code}".`);
    byStatus.set(definition.status, [...(byStatus.get(definition.status) ?? []), code]);
  }
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const known = (Reflect.getMetadata(RESPONSES, (descriptor?.value as object | undefined) ?? target) ??
      {}) as Described;
    for (const [status, group] of byStatus) {
      const before = Object.keys(known[status]?.content?.['application/problem+json'].examples ?? {});
      const response = ApiResponse(describe(status, [...new Set([...before, ...group])]));
      (response as (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void)(
        target,
        key,
        descriptor,
      );
    }
  };
}

/** The OpenAPI response for the problems that share a status. */
export function describe(status: number, codes: readonly string[]) {
  const titles = codes.map((code) => `\`${code}\`: ${allProblems().get(code)?.title ?? ''}.`);
  return {
    status,
    description: titles.join(' '),
    ...(WAITS.has(status) && { headers: status === 429 ? { ...RETRY_AFTER, ...RATE_LIMIT } : RETRY_AFTER }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, status) }])),
      },
    },
  };
}

function exampleOf(code: string, status: number) {
  const definition = allProblems().get(code);
  return {
    type: `/problems/${code}`,
    title: definition?.title,
    status,
    detail: definition?.repair,
    instance: '/v1/…',
    code,
  };
}
