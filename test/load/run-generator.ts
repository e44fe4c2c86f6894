import { fork, type ChildProcess } from 'node:child_process';
import { builtFile } from './built-files.js';
import type { CleanUp } from './clean-up.js';
import type { GeneratorCommand, GeneratorReport, LoadPlan, Phase, PhaseResult } from './load-plan.js';
import { pinProcess } from './pinning.js';

const CONNECT_MAX_MS = 60_000;
/** Beyond a phase's own end: the last answers, and the figures' way back. */
const REPORT_MAX_MS = 60_000;

/** The parent's end of a generator process. */
export class Generator {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts the process and opens its connections. @throws Error when some are refused */
  static async start(plan: LoadPlan, cleanUp: CleanUp, core?: number): Promise<Generator> {
    const child = fork(builtFile('test/load/generator.js'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    cleanUp.add(() => void child.kill('SIGKILL'));
    if (core !== undefined && child.pid !== undefined) pinProcess(child.pid, core);
    const generator = new Generator(child);
    child.send(plan);
    const report = await generator.next(CONNECT_MAX_MS);
    if (report.type !== 'connected' || report.refused > 0)
      throw new Error(
        `The generator could not open its connections: ${JSON.stringify(report)}. ` +
          `Is "ulimit -n" above ${plan.connections + 100}?`,
      );
    return generator;
  }

  async run(phase: Phase): Promise<PhaseResult> {
    this.child.send({ type: 'phase', phase } satisfies GeneratorCommand);
    const report = await this.next(phase.durationMs + REPORT_MAX_MS);
    if (report.type !== 'finished') throw new Error(`The phase "${phase.name}" failed: ${JSON.stringify(report)}`);
    return report.result;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await ended;
  }

  private next(withinMs: number): Promise<GeneratorReport> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => finish(() => reject(new Error(`The generator ended with ${code}.`)));
      const reported = (report: GeneratorReport): void => finish(() => resolve(report));
      const late = setTimeout(
        () => finish(() => reject(new Error(`The generator said nothing for ${withinMs / 1_000} s.`))),
        withinMs,
      );
      const finish = (conclude: () => void): void => {
        clearTimeout(late);
        this.child.off('exit', ended).off('message', reported);
        conclude();
      };
      this.child.once('exit', ended).once('message', reported);
    });
  }
}
