import { parseReadyLine } from './service-process.js';

describe('the ready line of a Node service', () => {
  it('names the port', () => expect(parseReadyLine('{"ready":true,"port":4100}')).toBe(4100));

  it.each(['', 'listening', '{"ready":false,"port":1}', '{"ready":true}', '{broken'])('is not %j', (line) => {
    expect(parseReadyLine(line)).toBeNull();
  });
});
