import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, VARIABLES, describeVariables, loadConfig } from '../../src/platform/config/index.js';
import { readDocument } from '../support/markdown.js';
import { ROOT, sourceFiles } from '../support/source-files.js';

const NAMES = Object.keys(VARIABLES);
const EXAMPLE = 'docker/bulwark.env.example';
/** Variables of the system, of Node and npm, of a CI, and what `npm test` tells the suites. */
const OF_OTHERS = /^(?:PATH|HOME|TMPDIR|NODE|NODE_[A-Z_]+|INIT_CWD|CI|BULWARK_TEST_[A-Z_]+)$/;
/** A folder that is not there holds no credentials of a start on this machine. */
const NO_DATA = '/nonexistent';

/** What the example's own command makes of it, as the engine of containers reads it: no quotes, no comments. */
function completedExample(): Record<string, string> {
  const command = /^# {3}(\(umask.*) > bulwark\.env\)$/m.exec(readDocument(EXAMPLE))?.[1];
  if (command === undefined) throw new Error(`${EXAMPLE} names no command that completes it.`);
  const lines = execFileSync('sh', ['-c', `${command})`], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  const assignments = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    assignments.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

describe('the variables', () => {
  it('docker/variables.md is what `npm run docs:variables` writes', () => {
    expect(readDocument('docker/variables.md')).toBe(describeVariables());
  });

  it('have a meaning that a stranger can read, and say what they take', () => {
    for (const [name, { meaning, kind }] of Object.entries(VARIABLES)) {
      expect({ name, meaning }).toEqual({ name, meaning: expect.stringMatching(/^[A-Z`].{15,}[.]$/s) as string });
      expect({ name, wants: kind.wants.length > 5 }).toEqual({ name, wants: true });
    }
  });

  it('have defaults that they would take themselves', () => {
    const refused = Object.entries(VARIABLES).filter(([, variable]) => {
      if (variable.presence !== 'defaulted' || Array.isArray(variable.default)) return false;
      return variable.kind.parse(String(variable.default)) !== variable.default;
    });
    expect(refused.map(([name]) => name)).toEqual([]);
  });

  it('are all that the launcher and the containers read of the environment', () => {
    const read = sourceFiles('src').flatMap(({ path, text }) =>
      path.endsWith('.spec.ts')
        ? []
        : [...text.matchAll(/\b(?:environment|process\.env)\.([A-Z][A-Z_]+)\b/g)].map((match) => match[1]),
    );
    const healthcheck = readFileSync(join(ROOT, 'docker/healthcheck.mjs'), 'utf8').matchAll(/process\.env\.(\w+)/g);
    const names = new Set([...read, ...[...healthcheck].map((match) => match[1])]);
    expect(names.size).toBeGreaterThan(5);
    expect([...names].filter((name = '') => !OF_OTHERS.test(name) && !NAMES.includes(name))).toEqual([]);
  });

  it('that are required are all in the example for one container', () => {
    const problems = ((): readonly string[] => {
      try {
        loadConfig({ BULWARK_DATA_DIR: NO_DATA });
      } catch (error) {
        if (error instanceof ConfigurationError) return error.problems;
      }
      return [];
    })();
    const required = problems.map((problem) => problem.split(' ')[0] ?? '');
    expect(required.length).toBeGreaterThan(8);
    const given = Object.keys(completedExample());
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
  });

  it('of the example for one container start it, once its command has made the secrets', () => {
    const environment = completedExample();
    expect(Object.keys(environment).filter((name) => !NAMES.includes(name))).toEqual([]);
    expect(Object.values(environment).filter((value) => value === '' || /\s#|["']/.test(value))).toEqual([]);
    const config = loadConfig({ BULWARK_DATA_DIR: NO_DATA, ...environment });
    expect(config).toMatchObject({ environment: 'production', role: 'all', http: { webWorkers: 2 } });
    expect(config.redis.cacheUrls).not.toEqual(config.redis.urls);
    expect(() => loadConfig({ BULWARK_DATA_DIR: NO_DATA, ...environment, BULWARK_SECRET: '' })).toThrow(
      'BULWARK_SECRET',
    );
  });
});
