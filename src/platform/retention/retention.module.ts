import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { DeleteOldRows } from './delete-old-rows.js';
import { RetainedTables } from './retained-tables.js';

/** Deletes old rows of every context, as the contexts declare it. */
@Global()
@Module({ providers: [RetainedTables, DeleteOldRows], exports: [RetainedTables] })
export class RetentionModule implements OnModuleInit {
  constructor(
    private readonly tables: RetainedTables,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
  ) {}

  /** Tables of what is no part of the application's modules: the migrate command and the connection budget. */
  onModuleInit(): void {
    this.tables.declare(this.database, 'public', {
      bulwark_migrations: { keptForGood: 'Which migrations the schema has: a row a migration.' },
    });
    this.tables.declare(this.database, 'platform', {
      repeatable_migrations: { keptForGood: 'Which functions the schema has: a row a function.' },
      instances: { endsOtherwise: 'platform.admit_instance deletes expired leases whenever an instance starts.' },
    });
  }
}
