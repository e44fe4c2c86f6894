import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { ROOT } from './source-files.js';

export interface ComposeService {
  image: string;
  user?: string;
  entrypoint?: string[];
  build?: string | { context: string; dockerfile: string };
  command?: string[];
  ports?: string[];
  networks?: string[] | Record<string, { ipv4_address?: string }>;
  volumes?: string[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  restart?: string;
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
  stop_grace_period?: string;
  logging?: { options?: Record<string, string> };
  /** What takes a wall of the container down. */
  privileged?: boolean;
  cap_add?: string[];
  network_mode?: string;
  pid?: string;
  ipc?: string;
}

export interface ComposeTopology {
  services: Record<string, ComposeService>;
  networks: Record<
    string,
    { internal?: boolean; ipam?: { config: { subnet: string; ip_range?: string; gateway?: string }[] } }
  >;
  volumes: Record<string, null>;
}

/**
 * The topology of `docker/compose.yaml` with its variables filled in as compose does it.
 * @throws Error naming a variable that must have a value and has none
 */
export function readTopology(
  variables: Readonly<Record<string, string>>,
  file = 'docker/compose.yaml',
): ComposeTopology {
  const text = readFileSync(join(ROOT, file), 'utf8');
  // Merge keys (<<) belong to YAML 1.1, which is what compose reads.
  return substitute(load(text, { schema: YAML11_SCHEMA }), variables) as ComposeTopology;
}

/** The variables of `docker/.env.example` that must be given a value, each with what stands there. */
export function requiredVariables(): Record<string, string> {
  const text = readFileSync(join(ROOT, 'docker/.env.example'), 'utf8');
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

function substitute(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return fill(value, variables);
  if (Array.isArray(value)) return value.map((inner) => substitute(inner, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, substitute(inner, variables)]));
}

function fill(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string | undefined, rest: string | undefined) => {
      const value = variables[name];
      if (value) return value;
      if (kind === '-') return rest ?? '';
      if (kind === '?') throw new Error(`${name}: ${rest ?? ''}`);
      return '';
    },
  );
}
