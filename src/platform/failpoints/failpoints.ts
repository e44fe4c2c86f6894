import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Global, Injectable, Module } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';

/**
 * Kills this process at a failpoint when a test asks for it. The test puts an empty file of the failpoint's name into
 * the folder; the process that removes the file dies, so one file is one death in the fleet.
 */
@Injectable()
export class Failpoints {
  private readonly dir: string | undefined;

  constructor(@InjectConfig() config: Config) {
    this.dir = config.failpointsDir;
  }

  /** Marks that the work has reached a failpoint; outside of drills and fault tests it costs one comparison. */
  reach(point: string): void {
    if (this.dir === undefined || !removeFile(join(this.dir, point))) return;
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Removing is atomic: of several processes at the same point one finds the file. */
function removeFile(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Everywhere, since any use case may have a point. */
@Global()
@Module({ providers: [Failpoints], exports: [Failpoints] })
export class FailpointsModule {}
