import { RecoverableOperations } from './recoverable-operations.js';
import { present, type Answer } from './stored-answer.js';

describe('the recoverable operations', () => {
  const operations = new RecoverableOperations();
  operations.register({
    route: 'POST /v1/charges',
    stillOpen: (ids) => Promise.resolve(ids),
    presenter: ({ id }: { id: string }): Answer => ({ status: 201, body: { id } }),
  });

  it('give the presenter of a registered route', () => {
    const answer = present(operations.presenterOf('POST /v1/charges'), { id: 'one' });
    expect([answer.status, answer.body.toString()]).toEqual([201, '{"id":"one"}']);
  });

  it('refuse a route that is not registered, by its name', () => {
    expect(() => operations.presenterOf('POST /v1/refunds')).toThrow(/POST \/v1\/refunds is no recoverable operation/);
  });
});
