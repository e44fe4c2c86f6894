import { Module, type DynamicModule } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequiresRole, type Role } from '../identity/index.js';
import { DeadLettersController } from './dead-letters.controller.js';

/** Dead letters over HTTP. Apart from the outbox, which also works in processes without authentication. */
@Module({})
export class DeadLettersModule {
  /** @param role who may read and replay dead letters; the API's description lists the routes under its name */
  static for(role: Role): DynamicModule {
    RequiresRole(role)(DeadLettersController);
    ApiTags(role)(DeadLettersController);
    return { module: DeadLettersModule, controllers: [DeadLettersController] };
  }
}
