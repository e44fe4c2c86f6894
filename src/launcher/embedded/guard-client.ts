import { spawn, type ChildProcess } from 'node:child_process';
import { builtFile } from '../machine/repository.js';
import { identifyProcess, type ProcessIdentity } from '../machine/process-identity.js';
import type { GuardedProcess, GuardMessage } from './end-in-order.js';

/** Tells the guard process (guard.ts) what to end should this process die. */
export class Guard {
  private readonly guarded = new Map<number, GuardedProcess>();
  private child: ChildProcess | null = null;
  private closing = false;
  private file: string | null = null;

  constructor() {
    this.launch();
  }

  /** Null when the guard could not be identified, which ends nothing but the wait for it at the next start. */
  get identity(): ProcessIdentity | null {
    return this.child?.pid === undefined ? null : identifyProcess(this.child.pid);
  }

  add(pid: number, ending: Pick<GuardedProcess, 'signal' | 'graceMs' | 'rank' | 'leadsGroup'>): void {
    const identity = identifyProcess(pid);
    if (identity === null) return;
    const add: GuardedProcess = { ...identity, ...ending };
    this.guarded.set(pid, add);
    this.send({ add });
  }

  remove(pid: number): void {
    if (this.guarded.delete(pid)) this.send({ remove: pid });
  }

  /** Names a file to remove at the end: it says that we run. */
  removeFile(path: string): void {
    this.file = path;
    this.send({ removeFile: path });
  }

  /** Lets the guard end what is left and itself. */
  close(): void {
    this.closing = true;
    this.child?.stdin?.end();
  }

  private launch(): void {
    // Detached, or a Ctrl-C at the terminal would reach it.
    const child = spawn(process.execPath, [builtFile('launcher/guard.js')], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      env: {},
    });
    this.child = child;
    child.unref();
    // The pipe of a guard that was killed reports an error; the exit below brings a new guard.
    child.stdin?.on('error', () => undefined);
    (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    child.once('exit', () => {
      if (this.closing) return;
      this.launch();
      for (const add of this.guarded.values()) this.send({ add });
      if (this.file !== null) this.send({ removeFile: this.file });
    });
  }

  private send(message: GuardMessage): void {
    this.child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
