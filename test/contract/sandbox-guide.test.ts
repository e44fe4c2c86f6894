import { MODES, OPERATIONS } from '../../src/launcher/sandbox/faults.js';
import { DECLINED_TOKENS, GOOD_TOKENS } from '../../src/launcher/sandbox/provider-operations.js';
import {
  SANDBOX_CONTROLS,
  SANDBOX_FAULTS,
  SANDBOX_TOKENS,
  describeSandbox,
} from '../../src/modules/payments/contract/sandbox-guide.js';
import { sourceFiles } from '../support/source-files.js';

const described = (() => {
  const document = { openapi: '3.0.0', info: { title: '', version: '' }, paths: {}, tags: [] as object[] };
  describeSandbox(document as never);
  return JSON.stringify(document);
})();
const codeIn = (pattern: RegExp): string[] => [...described.matchAll(pattern)].map((match) => match[1] ?? '');

describe('the sandbox in the OpenAPI document', () => {
  it('has every token that the sandbox takes, and no other', () => {
    expect(new Set(codeIn(/`(tok_\w+)`/g))).toEqual(new Set([...GOOD_TOKENS, ...DECLINED_TOKENS]));
    expect(
      Object.keys(SANDBOX_TOKENS).filter((token) => !GOOD_TOKENS.has(token) && !DECLINED_TOKENS.has(token)),
    ).toEqual([]);
  });

  it('has every fault mode and operation', () => {
    expect(Object.keys(SANDBOX_FAULTS).toSorted()).toEqual([...MODES].toSorted());
    for (const operation of OPERATIONS) expect(described).toContain(`\`${operation}\``);
  });

  it('has every request of its own surface', () => {
    const control = sourceFiles('src/launcher/sandbox').find(({ path }) => path.endsWith('answer-control.ts'));
    const routes = [...(control?.text ?? '').matchAll(/route === '([A-Z]+ \/sandbox\/\w+)'/g)].map((match) => match[1]);
    expect(routes.length).toBeGreaterThan(5);
    const shown = Object.keys(SANDBOX_CONTROLS).map((control) => control.split('?')[0]);
    expect(shown.toSorted()).toEqual(routes.toSorted());
  });
});
