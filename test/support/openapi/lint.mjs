import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';

/** Lints the document on its input by the linter's recommended rules, and prints what they found. */
const source = await text(process.stdin);
const problems = await lintFromString({ source, config: await createConfig({ extends: ['recommended'] }) });
const lines = problems.map(({ severity, ruleId, message, location }) => ({
  severity,
  ruleId,
  message,
  at: location[0]?.pointer,
}));
process.stdout.write(JSON.stringify(lines));
