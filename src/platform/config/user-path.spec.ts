import { userPath } from './user-path.js';

describe('the path that an operator names', () => {
  it('is that of the folder in which npm was called', () => {
    expect(userPath('feeds/a.csv', { INIT_CWD: '/home/ada' })).toBe('/home/ada/feeds/a.csv');
    expect(userPath('../a.csv', { INIT_CWD: '/home/ada' })).toBe('/home/a.csv');
  });

  it('stays what it is when it is absolute', () => {
    expect(userPath('/feeds/a.csv', { INIT_CWD: '/home/ada' })).toBe('/feeds/a.csv');
  });

  it('is that of the working folder without npm', () => {
    expect(userPath('a.csv', {})).toBe(`${process.cwd()}/a.csv`);
  });
});
