import { watch, type FSWatcher } from 'chokidar';
import { join, relative, sep } from 'node:path';
import { kindOfSource, READ_AT_START } from './source-kind.js';

/** Absolute paths of files that were saved, made or removed, and when the first of them was. */
export interface SourceChange {
  readonly files: readonly string[];
  readonly since: number;
}

/** An editor writes a file in several steps, a checkout writes many files: what comes this close is one change. */
const QUIET_MS = 80;
/** Where the machine gives no more native watches, the files are looked at this often. */
const POLL_MS = 400;
const FOLDERS = ['src', 'migrations'];
/** Reports changes of source files in batches until it is closed. */
export class SourceWatch {
  private watcher: FSWatcher;
  private readonly files = new Set<string>();
  private since = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param report gets every batch; a second one comes while the first is still worked on */
  constructor(
    private readonly root: string,
    private readonly report: (change: SourceChange) => void,
    private readonly say: (text: string) => void,
  ) {
    this.watcher = this.open(false);
  }

  /** Resolves once every file is watched: what was saved before is not reported. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve) => this.watcher.once('ready', resolve));
  }

  /** Releases every native watch. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.watcher.close();
  }

  private open(usePolling: boolean): FSWatcher {
    const watcher = watch(
      [...FOLDERS, ...READ_AT_START].map((path) => join(this.root, path)),
      { ignoreInitial: true, atomic: true, usePolling, interval: POLL_MS },
    );
    watcher.on('all', (event, path) => {
      if (event === 'add' || event === 'change' || event === 'unlink') this.collect(path);
    });
    watcher.on('error', (error) => {
      const { code } = error as NodeJS.ErrnoException;
      if (usePolling || (code !== 'ENOSPC' && code !== 'EMFILE')) {
        this.say(`The source files cannot be watched: ${(error as Error).message}`);
        return;
      }
      this.say('The machine gives no more native watches (fs.inotify.max_user_watches): the files are polled instead.');
      void watcher.close();
      this.watcher = this.open(true);
    });
    return watcher;
  }

  private collect(path: string): void {
    if (kindOfSource(relative(this.root, path).split(sep).join('/')) === null) return;
    if (this.files.size === 0) this.since = Date.now();
    this.files.add(path);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), QUIET_MS);
  }

  private flush(): void {
    const files = [...this.files];
    this.files.clear();
    this.report({ files, since: this.since });
  }
}
