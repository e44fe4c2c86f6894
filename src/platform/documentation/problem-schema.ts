/** The schema of every answer that is no success. */
export const PROBLEM_SCHEMA = {
  type: 'object' as const,
  description: 'RFC 9457 problem details.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: {
      type: 'string' as const,
      description: 'Where this kind of problem is described.',
      example: '/problems/validation_failed',
    },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    detail: { type: 'string' as const, description: 'What happened, and why.' },
    instance: { type: 'string' as const, description: 'The path that was asked for.' },
    code: { type: 'string' as const, description: 'The stable name to program against.' },
    errors: {
      type: 'array' as const,
      items: {
        type: 'object' as const,
        required: ['pointer', 'message'],
        properties: { pointer: { type: 'string' as const }, message: { type: 'string' as const } },
      },
    },
  },
  additionalProperties: true,
};
