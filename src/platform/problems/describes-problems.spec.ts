import { DescribesProblems } from './describes-problems.js';
import { defineProblems } from './problem.js';

defineProblems({
  spec_first: { status: 409, title: 'The first', repair: '-', log: 'debug', retry: false },
  spec_second: { status: 409, title: 'The second', repair: '-', log: 'debug', retry: false },
});

class SpecController {
  @DescribesProblems('spec_second')
  @DescribesProblems('spec_first')
  change(): void {}
}

describe('DescribesProblems', () => {
  it('adds up on one route, also where two share a status', () => {
    const responses = Reflect.getMetadata('swagger/apiResponse', SpecController.prototype.change) as Record<
      string,
      { content: Record<string, { examples: object }> }
    >;
    expect(Object.keys(responses['409']?.content['application/problem+json']?.examples ?? {})).toEqual([
      'spec_first',
      'spec_second',
    ]);
  });

  it('refuses a code that is in no catalogue', () => {
    expect(() => DescribesProblems('spec_unknown')).toThrow('Unknown problem code "spec_unknown".');
  });
});
