import { Progress } from './progress.js';

describe('the lines of up', () => {
  let written: string[] = [];
  const progress = () => new Progress({ write: (text) => written.push(text) }, () => new Date(2026, 0, 2, 3, 4, 5));
  beforeEach(() => {
    written = [];
  });

  it('show the name of a step when it begins', async () => {
    let seenInside = '';
    await progress().step('Services', async () => {
      seenInside = written.join('');
    });
    expect(seenInside).toContain('Services');
    expect(seenInside).not.toContain('\n');
    expect(written.join('')).toMatch(/^ {2}Services +\d+\.\d s\n$/);
  });

  it('name the step again after what was said in the middle of it', async () => {
    const lines = progress();
    await lines.step('Services', async () => lines.say('  Installing pgbouncer'));
    expect(written.join('')).toMatch(/^ {2}Services +\n {2}Installing pgbouncer\n {2}Services +\d+\.\d s\n$/);
  });

  it('mark a step that failed and pass the error on', async () => {
    await expect(progress().step('Services', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(written.join('')).toMatch(/Services +failed after \d+\.\d s\n$/);
  });

  it('carry the time once everything runs', () => {
    const lines = progress();
    lines.say('before');
    lines.sayReady('Ready.');
    lines.say('after');
    expect(written.join('')).toBe('before\nReady.\n03:04:05  after\n');
  });
});
