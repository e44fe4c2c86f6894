import { ClientFleet } from './client-fleet.js';
import type { GeneratorCommand, GeneratorReport, LoadPlan } from './load-plan.js';

/** A process of its own that makes load, so that measuring and being measured never share a thread. */
async function generate(plan: LoadPlan): Promise<void> {
  const fleet = new ClientFleet(plan);
  const refused = await fleet.connect();
  process.on('message', ({ phase }: GeneratorCommand) => {
    fleet.run(phase).then((result) => report({ type: 'finished', result }), fail);
  });
  process.on('disconnect', () => process.exit(0));
  report({ type: 'connected', connections: plan.connections, refused });
}

function report(message: GeneratorReport): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  report({ type: 'failed', message: (error as Error).stack ?? String(error) });
}

process.on('uncaughtException', fail);
process.once('message', (plan: LoadPlan) => void generate(plan).catch(fail));
