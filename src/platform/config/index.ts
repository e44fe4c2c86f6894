/** Configuration: one typed, frozen object; nothing else reads the environment. */
export { loadConfig, demandOfInstance, type Config, type InstanceDemand } from './load-config.js';
export { DATABASE_CONTEXTS, REPLICA_CONTEXTS, type DatabaseContext, type ReplicaContext } from './database-contexts.js';
export { ConfigurationError, readVariables } from './environment-reader.js';
export { ConfigModule, InjectConfig, CONFIG } from './config.module.js';
export { deriveKey } from './derive-key.js';
export { describeVariables } from './describe-variables.js';
export { readSecretFiles } from './check-environment.mjs';
export { VARIABLES } from './variables.mjs';
export { userPath } from './user-path.js';
