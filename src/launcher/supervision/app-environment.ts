import { trustEdge } from '../embedded/edge-config.js';
import type { RunningServices } from '../services/start-services.js';
import type { Environment } from '../services/options.js';

export interface AppEnvironmentFacts {
  /** The environment of the launcher; what is set there wins over the defaults. */
  readonly environment: Environment;
  readonly services: RunningServices;
  readonly appPort: number;
  readonly opsPort: number;
  /** The port of nginx; undefined without it. */
  readonly edgePort: number | undefined;
}

/** The environment of the web and worker processes. */
export function appEnvironment({ environment, services, appPort, opsPort, edgePort }: AppEnvironmentFacts) {
  return {
    BULWARK_ROLE: 'all',
    BULWARK_ENV: 'development',
    PUBLIC_URL: `http://127.0.0.1:${edgePort ?? appPort}`,
    ...withoutEmpty(environment),
    ...services.environment,
    PORT: String(appPort),
    OPS_PORT: String(opsPort),
    ...(edgePort !== undefined && { TRUSTED_PROXIES: trustEdge(environment.TRUSTED_PROXIES) }),
  } satisfies Environment;
}

/** The environment of a command: the application's, and the staff account that is seeded. */
export function cliEnvironment(facts: AppEnvironmentFacts): Environment {
  const { STAFF_EMAIL, STAFF_PASSWORD } = facts.services.credentials;
  return { STAFF_EMAIL, STAFF_PASSWORD, ...appEnvironment(facts) };
}

/** Who may sign in as staff: as the environment says, else as it was generated. */
export function staffCredentials(environment: Environment, { credentials }: RunningServices) {
  return {
    email: environment.STAFF_EMAIL || credentials.STAFF_EMAIL,
    password: environment.STAFF_PASSWORD || credentials.STAFF_PASSWORD,
  };
}

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => Boolean(value)));
}
