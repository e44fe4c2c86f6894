import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CleanUp } from '../load/clean-up.js';
import { probeFreePort } from '../../src/platform/machine/index.js';

const READY_MAX_MS = 10_000;
const POLL_MS = 50;
/** An ordinary user's PATH leaves out the folders of servers. */
const PROGRAMS = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'];

/** The path of nginx; null when it is not on this machine. */
export function findNginx(): string | null {
  return PROGRAMS.find((program) => spawnSync(program, ['-v'], { stdio: 'ignore' }).status === 0) ?? null;
}

/**
 * nginx with nothing but a cache in front of an origin, each answer kept for the whole measurement.
 * @param workers as many as the edge has
 */
export async function startBareNginx(
  program: string,
  origin: string,
  folder: string,
  workers: number,
  cleanUp: CleanUp,
): Promise<string> {
  const [home, port] = [join(folder, 'bare-nginx'), await probeFreePort()];
  mkdirSync(home);
  writeFileSync(join(home, 'nginx.conf'), configuration(home, port, origin, workers));
  const child = spawn(program, ['-e', 'stderr', '-p', home, '-c', join(home, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  cleanUp.add(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + READY_MAX_MS; Date.now() < deadline; await delay(POLL_MS)) {
    if (
      await fetch(url).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return url;
  }
  throw new Error('The bare nginx did not start.');
}

function configuration(home: string, port: number, origin: string, workers: number): string {
  return `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${home}/nginx.pid;
worker_processes ${workers};
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  proxy_cache_path ${home}/cache levels=1:2 keys_zone=bare:16m max_size=256m use_temp_path=off;
  sendfile on; tcp_nopush on; keepalive_timeout 65s; keepalive_requests 10000;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass ${origin};
      proxy_cache bare;
      proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control Expires Vary;
    }
  }
}
`;
}
