import { Injectable } from '@nestjs/common';
import { LessThan, LessThanOrEqual, Not, type EntityManager } from 'typeorm';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../database/index.js';
import type { WebhookEndpoint } from '../domain/webhook.js';
import { WebhookEndpointEntity } from './webhook.entities.js';

/** What a subscriber asks for, with the secret made for it. */
export interface NewEndpoint extends Pick<WebhookEndpoint, 'id' | 'accountId' | 'url' | 'events'> {
  readonly secretSealed: Buffer;
}

const LIVE = { status: Not('deleted' as const) };
/** What a deleted endpoint keeps until its rows are removed: no secret. */
const DELETED = {
  status: 'deleted' as const,
  secretSealed: Buffer.alloc(0),
  previousSecretSealed: null,
  previousSecretUntil: null,
};

/** Endpoints that are not deleted; an account sees its own only. */
@Injectable()
export class Endpoints {
  constructor(@InjectDatabase('platform') private readonly database: ContextDatabase) {}

  /** @returns undefined when the account has `endpointsMax` already, also when several are added in parallel */
  async add(tx: Transaction, endpoint: NewEndpoint, endpointsMax: number): Promise<WebhookEndpoint | undefined> {
    const { id, accountId } = endpoint;
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('platform.webhook_endpoints/' || $1, 0))", [
      accountId,
    ]);
    const endpoints = tx.getRepository(WebhookEndpointEntity);
    if ((await endpoints.countBy({ accountId, ...LIVE })) >= endpointsMax) return undefined;
    await endpoints.insert({ ...endpoint, events: [...endpoint.events] });
    return find(tx, accountId, id);
  }

  async find(accountId: string, id: string): Promise<WebhookEndpoint | undefined> {
    return find(this.database.primary, accountId, id);
  }

  /** The newest first, those before `beforeId`. */
  async list(accountId: string, limit: number, beforeId: string | undefined): Promise<WebhookEndpoint[]> {
    const found = await this.database.primary.getRepository(WebhookEndpointEntity).find({
      where: { accountId, ...LIVE, ...(beforeId === undefined ? {} : { id: LessThan(beforeId) }) },
      order: { id: 'DESC' },
      take: limit,
    });
    return found.map(toEndpoint);
  }

  /**
   * Ends deliveries and erases the secrets at once; the rows are removed in batches later.
   * @returns false when there is none
   */
  async remove(tx: Transaction, accountId: string, id: string): Promise<boolean> {
    const { affected } = await tx.getRepository(WebhookEndpointEntity).update({ accountId, id, ...LIVE }, DELETED);
    return affected !== 0;
  }

  /** The same for each endpoint that the account had at that moment. @returns how many */
  async removeAll(tx: Transaction, accountId: string, at: Date): Promise<number> {
    const had = { accountId, createdAt: LessThanOrEqual(at), ...LIVE };
    const { affected } = await tx.getRepository(WebhookEndpointEntity).update(had, DELETED);
    return affected ?? 0;
  }

  /** Of every account, the newest first, those before `beforeId`. */
  async listAll(limit: number, beforeId: string | undefined): Promise<WebhookEndpoint[]> {
    const found = await this.database.primary.getRepository(WebhookEndpointEntity).find({
      where: { ...LIVE, ...(beforeId === undefined ? {} : { id: LessThan(beforeId) }) },
      order: { id: 'DESC' },
      take: limit,
    });
    return found.map(toEndpoint);
  }

  /** @returns false when there is none */
  async disable(tx: Transaction, id: string, disabledReason: WebhookEndpoint['disabledReason']): Promise<boolean> {
    const { affected } = await tx
      .getRepository(WebhookEndpointEntity)
      .update({ id, ...LIVE }, { status: 'disabled', disabledReason });
    return affected !== 0;
  }

  /** Replaces the secret; the one before signs too for `overlapHours`. */
  async rotate(
    tx: Transaction,
    { accountId, id }: Pick<WebhookEndpoint, 'accountId' | 'id'>,
    secretSealed: Buffer,
    overlapHours: number,
  ): Promise<WebhookEndpoint | undefined> {
    await tx
      .createQueryBuilder()
      .update(WebhookEndpointEntity)
      .set({
        previousSecretSealed: () => 'secret_sealed',
        previousSecretUntil: () => 'now() + make_interval(hours => :overlapHours)',
        secretSealed,
      })
      .where({ accountId, id, ...LIVE })
      .setParameters({ overlapHours })
      .execute();
    return find(tx, accountId, id);
  }

  /** Resets the record of failures; pending deliveries go on. */
  async enable(tx: Transaction, accountId: string, id: string): Promise<WebhookEndpoint | undefined> {
    await tx
      .getRepository(WebhookEndpointEntity)
      .update(
        { accountId, id, ...LIVE },
        { status: 'enabled', disabledReason: null, failuresInRow: 0, failingSince: null },
      );
    return find(tx, accountId, id);
  }
}

async function find(manager: EntityManager, accountId: string, id: string): Promise<WebhookEndpoint | undefined> {
  const found = await manager.getRepository(WebhookEndpointEntity).findOneBy({ accountId, id, ...LIVE });
  return found ? toEndpoint(found) : undefined;
}

/** Only for rows that are not deleted, so that their status is one of a {@link WebhookEndpoint}. */
function toEndpoint(row: WebhookEndpointEntity): WebhookEndpoint {
  return row as WebhookEndpoint;
}
