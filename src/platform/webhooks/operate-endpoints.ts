import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import type { WebhookEndpoint } from './domain/webhook.js';
import { Endpoints } from './persistence/endpoints.js';

/** Endpoints of every account, for operators and for what ends with an account or its role. */
@Injectable()
export class OperateEndpoints {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly endpoints: Endpoints,
  ) {}

  /** The newest first: at most `limit`, those before `beforeId`. */
  async list(limit: number, beforeId?: string): Promise<WebhookEndpoint[]> {
    return this.endpoints.listAll(limit, beforeId);
  }

  /** Nothing is sent there until its owner enables it again. @returns false when there is no such endpoint */
  async disable(id: string): Promise<boolean> {
    return this.database.transaction((tx) => this.endpoints.disable(tx, id, 'operator'));
  }

  /**
   * Deletes the endpoints that the account had at that moment; those that it registered later stay. Safe to repeat.
   * @returns how many
   */
  async removeAllOf(accountId: string, at: Date): Promise<number> {
    return this.database.transaction((tx) => this.endpoints.removeAll(tx, accountId, at));
  }
}
