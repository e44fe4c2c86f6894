import { readableLog } from './readable-log.js';

describe('the readable end of a log', () => {
  it('has message, error and the first place in our code, and no stack', () => {
    const stack = 'Error: no\n    at x (/a/node_modules/src/y.js:1:2)\n    at go (file:///a/src/main.ts:7:9)\n    at z';
    const line = JSON.stringify({ level: 50, msg: 'The process could not start.', error: { message: 'no', stack } });
    expect(readableLog(line)).toBe('The process could not start. no (/a/src/main.ts:7:9)');
  });

  it.each(['plain text', '{not json', '{"level":30}', ''])('leaves %j as it is', (line) => {
    expect(readableLog(line)).toBe(line);
  });
});
