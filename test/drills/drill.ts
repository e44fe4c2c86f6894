import { CleanUp } from '../load/clean-up.js';
import { drillConnections } from './connections.js';
import { drillDoubleCharge } from './double-charge.js';
import { drillStampede, type DrillOptions } from './stampede.js';

const WALLS: Readonly<Record<string, (options: DrillOptions) => Promise<boolean>>> = {
  connections: drillConnections,
  stampede: drillStampede,
  'double-charge': drillDoubleCharge,
};

const USAGE = `Usage: npm run drill -- WALL [--without-defence], with WALL one of ${Object.keys(WALLS).join(', ')}.
  --without-defence                  shows the outage that the defence prevents
  --with-defence --without-defence   runs both and compares them
`;
const FLAGS = new Set(['--with-defence', '--without-defence']);

/** Reproduces one wall on this machine. Exits with 1 when the defended run breaks its promise. */
async function main([wall = '', ...flags]: string[], cleanUp: CleanUp): Promise<number> {
  const drill = WALLS[wall];
  if (drill === undefined || flags.some((flag) => !FLAGS.has(flag))) {
    process.stderr.write(USAGE);
    return 2;
  }
  const without = flags.includes('--without-defence');
  const withDefence = flags.includes('--with-defence') || !without;
  const defences = [...(withDefence ? [true] : []), ...(without ? [false] : [])];
  const kept = await drill({ defences, cleanUp, say: (text) => void process.stdout.write(`${text}\n`) });
  return kept ? 0 : 1;
}

const cleanUp = new CleanUp();
main(process.argv.slice(2), cleanUp)
  .catch((error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  })
  .then(async (code) => {
    await cleanUp.run();
    process.exit(code);
  });
