import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerRequest, askToPromote, forgetRequests, readAnswer, takeRequest } from './promote-request.js';

describe('a request to promote', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'bulwark-promote-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('is taken once', () => {
    askToPromote(dataDir, { id: 'one' });
    expect([takeRequest(dataDir), takeRequest(dataDir)]).toEqual([{ id: 'one' }, null]);
  });

  it('is answered to the command that asked, and to no other', () => {
    answerRequest(dataDir, { id: 'one', done: true, message: 'Done.' });
    expect(readAnswer(dataDir, 'one')).toEqual({ id: 'one', done: true, message: 'Done.' });
    expect(readAnswer(dataDir, 'two')).toBeNull();
  });

  it('dies with the supervisor that it was meant for', () => {
    askToPromote(dataDir, { id: 'one' });
    forgetRequests(dataDir);
    expect(takeRequest(dataDir)).toBeNull();
  });

  it('is nothing when the file is no request', () => {
    writeFileSync(join(dataDir, 'promote-request.json'), 'please');
    expect(takeRequest(dataDir)).toBeNull();
  });
});
