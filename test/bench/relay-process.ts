import 'reflect-metadata';
import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { loadConfig } from '../../src/platform/config/index.js';
import { InjectDatabase, type ContextDatabase } from '../../src/platform/database/index.js';
import { FrameworkLogger } from '../../src/platform/http/index.js';
import { logger } from '../../src/platform/observability/index.js';
import { EventConsumers, OutboxRelay } from '../../src/platform/outbox/index.js';

const [eventType = '', queue = ''] = process.argv.slice(2);

/** Wants the bench's events; its queue fills, since no worker runs here. */
@Injectable()
class BenchConsumer implements OnModuleInit {
  constructor(
    private readonly consumers: EventConsumers,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
  ) {}

  onModuleInit(): void {
    this.consumers.register({ name: queue, eventTypes: [eventType], handle: () => Promise.resolve() }, this.database);
  }
}

@Module({ imports: [AppModule], providers: [BenchConsumer] })
class BenchModule {}

/** The product's relay alone: no consumer takes the processor or the queue away from it. */
async function relay(): Promise<void> {
  logger.level = loadConfig().logLevel;
  const app = await NestFactory.createApplicationContext(BenchModule, {
    logger: new FrameworkLogger(),
    abortOnError: false,
  });
  app.get(OutboxRelay, { strict: false }).start();
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port: 0 });
}

await relay();
