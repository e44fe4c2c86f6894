/** The options of jest that make sense behind `npm test --`; a word that is none is refused before anything starts. */
const NAMES = `
  b bail c cache changedSince ci clearCache clearMocks collectCoverage collectCoverageFrom colors config coverage
  coverageDirectory coverageReporters debug detectLeaks detectOpenHandles e expand f findRelatedTests forceExit i
  ignoreProjects json lastCommit listTests logHeapUsage maxConcurrency maxWorkers notify o onlyChanged onlyFailures
  openHandlesTimeout outputFile passWithNoTests randomize reporters runInBand runTestsByPath seed selectProjects shard
  showConfig showSeed silent t testLocationInResults testNamePattern testPathPatterns testTimeout u updateSnapshot
  useStderr verbose w waitForUnhandledRejections watch watchAll watchman workerIdleMemoryLimit pooler-pool-size long`;
const OPTIONS = new Set(NAMES.trim().split(/\s+/));

/** The first argument that looks like an option and is none; undefined when there is no such one. */
export function unknownJestOption(args) {
  return args.find((arg) => {
    const [, name] = /^--?(?:no-)?([a-z][\w-]*)/i.exec(arg) ?? [];
    return name !== undefined && !OPTIONS.has(name);
  });
}
