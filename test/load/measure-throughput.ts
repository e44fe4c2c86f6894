import type { CleanUp } from './clean-up.js';
import type { Keys } from './load-plan.js';
import { GENERATOR_CORE } from './pinning.js';
import { Generator } from './run-generator.js';
import { ensureWrk, runWrk, type Throughput } from './wrk.js';

export interface ThroughputOptions {
  readonly url: string;
  readonly keys: Exclude<Keys, { kind: 'popular' }>;
  readonly seconds: number;
  readonly connections: number;
  readonly cleanUp: CleanUp;
  readonly say: (text: string) => void;
}

const REQUEST_TIMEOUT_MS = 10_000;
const REQUESTS_MAX = 10_000_000;
let warned = false;

/**
 * How many requests a second a server answers to clients that never pause: with wrk, else with the generator of our
 * own.
 */
export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const { url, keys, seconds, connections, say } = options;
  if (!ensureWrk(say)) {
    if (!warned)
      say(
        'wrk is not on this machine: the generator of our own is used, which is slower; fast servers look alike then.',
      );
    warned = true;
    return withOwnGenerator(options);
  }
  if (keys.kind === 'one') return runWrk({ url: `${url}${keys.path}`, seconds, connections });
  return runWrk({ url, seconds, connections, script: walkScript(keys) });
}

async function withOwnGenerator({ url, keys, seconds, connections, cleanUp }: ThroughputOptions): Promise<Throughput> {
  const generator = await Generator.start(
    { url, connections, keys, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    cleanUp,
    GENERATOR_CORE,
  );
  const phase = {
    name: 'throughput',
    pace: { kind: 'closed', thinkMinMs: 0, thinkMaxMs: 0 },
    durationMs: seconds * 1_000,
    requestsMax: REQUESTS_MAX,
  } as const;
  const result = await generator.run(phase);
  await generator.stop();
  const refused = Object.entries(result.byStatus)
    .filter(([status]) => Number(status) >= 400)
    .reduce((sum, [, count]) => sum + count, 0);
  return {
    perSecond: result.reads / seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    failures: refused + result.timeouts + result.brokenConnections,
  };
}

/** Asks for each id of a file once, from a line on. */
function walkScript({ prefix, idsFile, fromLine }: Extract<Keys, { kind: 'walk' }>): string {
  return `
local ids = {}
local line = 0
for id in io.lines(${JSON.stringify(idsFile)}) do
  if line >= ${fromLine} then ids[#ids + 1] = id end
  line = line + 1
end
local at = 0
request = function()
  at = at % #ids + 1
  return "GET ${prefix}" .. ids[at] .. " HTTP/1.1\\r\\nHost: " .. wrk.host .. "\\r\\n\\r\\n"
end
`;
}
