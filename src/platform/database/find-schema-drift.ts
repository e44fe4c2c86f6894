import type { INestApplicationContext } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { DATABASE_CONTEXTS, loadConfig } from '../config/index.js';

/**
 * Compares the entities of every context with the migrated schema, as the owner (a context's role may not
 * even see all that the comparison reads).
 * @returns the statements that would be needed; none when they agree
 */
export async function findSchemaDrift(app: INestApplicationContext): Promise<string[]> {
  const { directUrl } = loadConfig().database;
  const statements: string[] = [];
  for (const context of DATABASE_CONTEXTS) {
    const entities = app
      .get<DataSource>(getDataSourceToken(context), { strict: false })
      .entityMetadatas.map((metadata) => metadata.target as () => void);
    const source = await new DataSource({
      type: 'postgres',
      url: directUrl,
      schema: context,
      entities,
      installExtensions: false,
      poolSize: 1,
    }).initialize();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    statements.push(...upQueries.map(({ query }) => `${context}: ${query}`));
  }
  return statements;
}
