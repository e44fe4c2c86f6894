import { connect } from 'node:net';
import type { ServerHome } from '../machine/service-user.js';
import { makeServerFolder } from '../machine/service-user.js';
import type { ServiceDefinition } from './service-process.js';

export type RedisRole = 'redis' | 'redis-cache';

const ANSWER_TIMEOUT_MS = 1_000;

/** One of the two Redis servers: queues must never lose a key, the cache must never grow. */
export function redisDefinition(role: RedisRole, program: string, home: ServerHome): ServiceDefinition {
  const folder = makeServerFolder(home, role);
  return {
    name: role,
    command: (port) => ({ program, args: redisArguments(role, port, folder) }),
    isReady: async (port, pid) => (await askProcessId(port)) === pid,
    user: home.user,
    stopSignal: 'SIGTERM',
    deathSignal: 'TERM',
    stopGraceMs: 5_000,
    startTimeoutMs: 60_000,
    rank: 2,
  };
}

export function redisArguments(role: RedisRole, port: number, folder: string): string[] {
  const shared = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    daemonize: 'no',
    save: '',
    'tcp-backlog': '511',
    loglevel: 'notice',
  };
  const own =
    role === 'redis'
      ? { appendonly: 'yes', appendfsync: 'everysec', 'maxmemory-policy': 'noeviction' }
      : { appendonly: 'no', maxmemory: '768mb', 'maxmemory-policy': 'allkeys-lru' };
  return Object.entries({ ...shared, ...own }).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Which process answers on the port: a foreign Redis there must not pass for ours. Null while nothing does. */
function askProcessId(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_TIMEOUT_MS });
    let answer = '';
    const finish = (pid: number | null) => {
      socket.destroy();
      resolve(pid);
    };
    socket.setEncoding('utf8');
    socket.once('error', () => finish(null));
    socket.once('timeout', () => finish(null));
    socket.once('close', () => finish(null));
    socket.once('connect', () => socket.write('INFO server\r\n'));
    socket.on('data', (chunk: string) => {
      answer += chunk;
      // While it loads its data it answers this command already, and the others not yet.
      const pid = /process_id:(\d+)\r\n/.exec(answer)?.[1];
      if (answer.startsWith('-')) finish(null);
      else if (pid !== undefined && answer.includes('uptime_in_days'))
        finish(/loading:1/.test(answer) ? null : Number(pid));
    });
  });
}
