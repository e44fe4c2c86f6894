import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Global, Injectable, Module } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';

/**
 * Kills this process where it stands when it has been asked to. The one who asks puts an empty file of the point's name
 * into the folder; the process that takes the file away is the one that dies, so one file is one death in the fleet.
 */
@Injectable()
export class Failpoints {
  private readonly dir: string | undefined;

  constructor(@InjectConfig() config: Config) {
    this.dir = config.failpointsDir;
  }

  /** Says that the work has come to a point; outside of drills and fault tests it costs one comparison. */
  reach(point: string): void {
    if (this.dir === undefined || !takeAway(join(this.dir, point))) return;
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Removing is atomic: of several processes at the same point one finds the file. */
function takeAway(file: string): boolean {
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
