import { Global, Inject, Module } from '@nestjs/common';
import { loadConfig, type Config } from './load-config.js';

const CONFIG = Symbol('Config');

/** Injects the frozen {@link Config}. */
export const InjectConfig = (): ParameterDecorator & PropertyDecorator => Inject(CONFIG);

/** Provides the one configuration object to every module. */
@Global()
@Module({ providers: [{ provide: CONFIG, useFactory: (): Config => loadConfig() }], exports: [CONFIG] })
export class ConfigModule {}

export { CONFIG };
