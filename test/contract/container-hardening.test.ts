import { readTopology, requiredVariables, type ComposeService } from '../support/compose-topology.js';
import { readDockerfile } from '../support/dockerfile.js';

const secrets = Object.fromEntries(
  Object.keys(requiredVariables()).map((name) => [name, `${name.toLowerCase()}-0123456789abcdef0123456789abcdef`]),
);
const base = readTopology(secrets);
const variant = readTopology(secrets, 'docker/compose.citus.yaml');
const merged = Object.entries(variant.services).map(
  ([name, own]) => [`${name} (citus)`, { ...base.services[name], ...own }] as const,
);
const services: readonly (readonly [string, ComposeService])[] = [...Object.entries(base.services), ...merged];
const isOurs = ({ build }: ComposeService): boolean => build !== undefined;
const dockerfileOf = ({ build }: ComposeService): string =>
  typeof build === 'object' ? build.dockerfile : `docker/${build?.replace('./', '')}/Dockerfile`;
const dockerfileSays = (service: ComposeService, instruction: string): boolean =>
  readDockerfile(dockerfileOf(service)).last?.some(({ name }) => name === instruction) ?? false;
/** The job ends by itself: nothing restarts it, and nothing asks how it is. */
const endsByItself = (name: string): boolean => name === 'migrate';

/** One rule, why it is one, and a service that breaks it. */
interface Rule {
  readonly because: string;
  readonly holds: (service: ComposeService, name: string) => boolean;
  readonly broken: Partial<ComposeService>;
}

const RULES: Readonly<Record<string, Rule>> = {
  'has no capability': {
    because: 'One that runs as root by mistake can then do nothing that another user cannot.',
    holds: ({ cap_drop, cap_add }) => cap_drop?.join() === 'ALL' && cap_add === undefined,
    broken: { cap_drop: ['NET_RAW'] },
  },
  'gains no privileges': {
    because: 'A program with the setuid bit would be a way to root.',
    holds: ({ security_opt, privileged }) =>
      security_opt?.join() === 'no-new-privileges:true' && privileged === undefined,
    broken: { security_opt: [] },
  },
  'is a numbered user that is not root': {
    because: 'What breaks out of a container keeps its number.',
    holds: (service) =>
      isOurs(service) ? dockerfileSays(service, 'USER') : /^[1-9]\d*:[1-9]\d*$/.test(service.user ?? ''),
    broken: { build: undefined, user: '0:0' },
  },
  'writes to its volumes and to memory alone': {
    because: 'An intruder cannot change a program, and nothing grows unseen.',
    holds: ({ read_only, tmpfs }) => read_only === true && (tmpfs ?? []).some((path) => path.startsWith('/tmp')),
    broken: { read_only: false },
  },
  'has bounds for memory, processor, processes and logs': {
    because: 'One that goes wild must not take the machine from the others, nor fill its disk.',
    holds: ({ mem_limit, cpus, pids_limit, logging }) =>
      /^\d+[mg]$/.test(mem_limit ?? '') &&
      (cpus ?? 0) > 0 &&
      (pids_limit ?? 0) > 0 &&
      /^\d+m$/.test(logging?.options?.['max-size'] ?? '') &&
      Number(logging?.options?.['max-file']) > 0,
    broken: { logging: undefined },
  },
  'has time to end in order': {
    because: 'The default of ten seconds cuts payments and checkpoints off.',
    holds: ({ stop_grace_period }) => Number(/^(\d+)s$/.exec(stop_grace_period ?? '')?.[1]) >= 30,
    broken: { stop_grace_period: '10s' },
  },
  'comes back, and says how it is': {
    because: 'What depends on it waits for its health.',
    holds: (service, name) =>
      endsByItself(name)
        ? service.restart === 'no'
        : service.restart === 'unless-stopped' &&
          (service.healthcheck !== undefined || (isOurs(service) && dockerfileSays(service, 'HEALTHCHECK'))),
    broken: { restart: undefined },
  },
  'shares no namespace of the machine and no socket of the engine': {
    because: 'Each is a way out of the container.',
    holds: ({ network_mode, pid, ipc, volumes = [] }) =>
      [network_mode, pid, ipc].every((value) => value === undefined) &&
      volumes.every((volume) => !/\.sock(:|$)|^\/(etc|proc|sys|var\/run)?:/.test(volume)),
    broken: { volumes: ['/var/run/docker.sock:/var/run/docker.sock'] },
  },
  'publishes ports on loopback': {
    because: 'Docker opens a published port past the firewall of the machine.',
    holds: ({ ports = [] }) => ports.every((port) => port.startsWith('127.0.0.1:')),
    broken: { ports: ['6379:6379'] },
  },
  'shows no secret on a command line': {
    because: 'Command lines, those of health checks too, are in every process list.',
    holds: ({ command, entrypoint, healthcheck }) => {
      const lines = JSON.stringify([command, entrypoint, healthcheck]);
      return Object.values(secrets).every((secret) => !lines.includes(secret));
    },
    broken: { command: ['valkey-server', '--requirepass', secrets.VALKEY_PASSWORD ?? ''] },
  },
  'mounts files of the repository to read them': {
    because: 'A container must not change what the next start runs.',
    holds: ({ volumes = [] }) => volumes.every((volume) => !volume.startsWith('./') || volume.endsWith(':ro')),
    broken: { volumes: ['./postgres/postgresql.conf:/etc/bulwark/postgresql.conf'] },
  },
  'is of a release line that is named': {
    because: 'What "latest" is changes under a running system.',
    holds: ({ image, build }) => build !== undefined || /:\d[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image),
    broken: { build: undefined, image: 'docker.io/valkey/valkey:latest' },
  },
};

describe.each(Object.entries(RULES))('each container %s', (_name, { because, holds, broken }) => {
  it(because, () => {
    expect(services.filter(([name, service]) => !holds(service, name)).map(([name]) => name)).toEqual([]);
  });

  it('or this test fails', () => {
    const caught = services.filter(([name, service]) => !holds({ ...service, ...broken }, name));
    expect(caught.map(([name]) => name)).toEqual(services.map(([name]) => name));
  });
});

describe('a container that needs another one', () => {
  it('waits until that is healthy, has ended well, or says why not', () => {
    const waits = services.flatMap(([name, { depends_on = {} }]) =>
      Object.entries(depends_on).map(([other, { condition }]) => ({ name, other, condition })),
    );
    expect(waits.filter(({ condition }) => condition === 'service_started')).toEqual([
      // The primary serves the reads of a replica that is not there.
      { name: 'pooler', other: 'postgres-replica', condition: 'service_started' },
    ]);
    expect(
      waits.filter(({ other, condition }) => (condition === 'service_completed_successfully') !== endsByItself(other)),
    ).toEqual([]);
  });
});
