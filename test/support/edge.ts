import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ApiClient } from './api-client.js';
import { ROOT } from './source-files.js';

/** Where the application sees the edge come from: what its TRUSTED_PROXIES must name. */
export { EDGE_SOURCE_ADDRESS } from '../../src/launcher/embedded/edge-config.js';

/** A running edge: real nginx, with the rules that every start of it has. */
export class Edge {
  readonly api: ApiClient;

  constructor(
    private readonly launcher: ChildProcess,
    private readonly dataDir: string,
    readonly port: number,
    /** The master of nginx, which leads the group of its workers. */
    readonly pid: number,
  ) {
    this.api = new ApiClient(`http://127.0.0.1:${port}`);
  }

  get url(): string {
    return this.api.baseUrl;
  }

  /** Ends it, in order or as a crash of its launcher would. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.launcher.exitCode === null && this.launcher.signalCode === null) {
      const ended = new Promise((resolve) => {
        this.launcher.once('exit', resolve);
      });
      this.launcher.kill(signal);
      await ended;
    }
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Starts nginx on a free port before an application that runs already. */
export async function startEdge(applicationUrl: string): Promise<Edge> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bulwark-edge-'));
  const args = [
    'dist/src/launcher/edge-alone.js',
    '--application',
    new URL(applicationUrl).port,
    '--data-dir',
    dataDir,
  ];
  const launcher = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  launcher.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const { port, pid } = await new Promise<{ port: number; pid: number }>((resolve, reject) => {
    createInterface({ input: launcher.stdout }).once('line', (line) =>
      resolve(JSON.parse(line) as { port: number; pid: number }),
    );
    launcher.once('exit', (code) => reject(new Error(`The edge ended with ${code}. It said:\n${said}`)));
  });
  return new Edge(launcher, dataDir, port, pid);
}
