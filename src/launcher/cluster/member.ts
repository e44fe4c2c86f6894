import { join } from 'node:path';
import type { ServiceProcess } from '../embedded/service-process.js';
import type { ServerHome } from '../machine/service-user.js';

/** One PostgreSQL server. Whether it is the primary changes; its number, folder, port and log stay. */
export class Member {
  readonly name: string;
  readonly folder: string;
  /** Its slot on the primary, and the name under which it follows. */
  readonly slot: string;
  readonly service: ServiceProcess;

  constructor(
    readonly number: number,
    home: ServerHome,
    makeService: (member: Member) => ServiceProcess,
  ) {
    this.name = memberName(number);
    this.folder = join(home.path, this.name);
    this.slot = `bulwark_postgres_${number}`;
    this.service = makeService(this);
  }

  get port(): number {
    return this.service.port;
  }

  get isRunning(): boolean {
    return this.service.pid !== null;
  }
}

export function memberName(number: number): string {
  return `postgres-${number}`;
}
