import { join } from 'node:path';
import type { ServiceProcess } from '../embedded/service-process.js';
import type { ServerHome } from '../machine/service-user.js';

/** Ends a server that is to give way; a frozen one is killed after this time. */
const FAST_SHUTDOWN_MS = 1_500;

/** One PostgreSQL server. Whether it is the primary changes; its number, folder, port and log stay. */
export class Member {
  readonly name: string;
  readonly folder: string;
  /** Its slot on the primary, and the name under which it follows. */
  readonly slot: string;
  private assigned: ServiceProcess | null = null;
  private claims = 0;

  constructor(
    readonly number: number,
    home: ServerHome,
  ) {
    this.name = memberName(number);
    this.folder = join(home.path, this.name);
    this.slot = `bulwark_postgres_${number}`;
  }

  get service(): ServiceProcess {
    if (this.assigned === null) throw new Error(`${this.name} has no process yet.`);
    return this.assigned;
  }

  set service(service: ServiceProcess) {
    this.assigned = service;
  }

  get port(): number {
    return this.service.port;
  }

  get isRunning(): boolean {
    return this.service.pid !== null;
  }

  /** Takes the server over from a restart that is about to start it; the restart sees it by `claimed`. */
  claim(): number {
    this.claims += 1;
    return this.claims;
  }

  get claimed(): number {
    return this.claims;
  }

  /** Ends it at once: clients that wait for an answer get none. */
  async fence(): Promise<void> {
    this.claim();
    await this.service.endWith('SIGQUIT', FAST_SHUTDOWN_MS);
  }

  /** Ends it by a fast shutdown: sessions are cut off, data are written. */
  async shutDownFast(): Promise<void> {
    this.claim();
    await this.service.endWith('SIGINT', FAST_SHUTDOWN_MS);
  }
}

export function memberName(number: number): string {
  return `postgres-${number}`;
}
