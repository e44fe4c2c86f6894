import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PREFIX = 'bulwark-test-';

/**
 * A set of real services, with a migrated database, for each jest worker that asks for one: suites stop the replica,
 * freeze Redis and drop the database, so workers that run side by side share nothing. A worker's suites follow each
 * other on its set. All sets belong to jest's main process, which ends them, and their guards do when it is killed.
 */
export class ServiceSets {
  #sets = new Map();
  #server = createServer((request, response) => {
    this.#of(String(request.url).slice(1)).then(
      ({ description }) => response.end(JSON.stringify(description)),
      (error) => response.writeHead(500).end(String(error.stack)),
    );
  });

  /** @returns where the workers ask: the path is the worker's number */
  async listen() {
    removeLeftovers();
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.allSettled([...this.#sets.values()].map(async (set) => (await set).stop()));
  }

  #of(worker) {
    const set = this.#sets.get(worker) ?? startSet();
    this.#sets.set(worker, set);
    return set;
  }
}

/** Data of a run that was killed: its guards ended the services, and nothing removed their files. */
function removeLeftovers() {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function startSet() {
  const { startServices } = await import(join(ROOT, 'dist/src/launcher/services/start-services.js'));
  const dataDir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  const services = await startServices({ dataDir, onStep: (step) => process.stderr.write(`  ${step}\n`) }).catch(
    (error) => {
      remove();
      throw error;
    },
  );
  const stop = async () => {
    await services.stop();
    remove();
  };
  const environment = { ...services.environment, BULWARK_DATA_DIR: dataDir };
  try {
    await run('dist/src/cli/migrate.js', environment);
    await keepAsTemplate(services.addresses.postgresPrimary);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, description: { ...services.addresses, pids: services.pids, dataDir, environment } };
}

/** What `freshStart` makes the database from: no suite has touched it. */
async function keepAsTemplate(postgresUrl) {
  const url = new URL(postgresUrl);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  await client.query('CREATE DATABASE bulwark_template TEMPLATE bulwark').finally(() => client.end());
}

function run(file, environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`${file} ended with ${status}:\n${output}`));
    });
  });
}
