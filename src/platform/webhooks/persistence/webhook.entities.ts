import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { WebhookDelivery, WebhookEndpoint } from '../domain/webhook.js';

/** A deleted endpoint stays until its deliveries are gone. Secrets are selected only where they sign. */
@Entity({ schema: 'platform', name: 'webhook_endpoints' })
@Index('webhook_endpoints_of_account', ['accountId', 'id'])
@Index('webhook_endpoints_deleted', ['createdAt'], { where: "(status = 'deleted'::text)" })
@Check('webhook_endpoints_status_known', "status IN ('enabled', 'disabled', 'deleted')")
export class WebhookEndpointEntity implements Omit<WebhookEndpoint, 'status'> {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_endpoints_pkey' })
  id: string;

  @Column('uuid', { name: 'account_id' })
  accountId: string;

  @Column('text')
  url: string;

  @Column('text', { array: true })
  events: string[];

  @Column('text', { default: 'enabled' })
  status: WebhookEndpoint['status'] | 'deleted';

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason: WebhookEndpoint['disabledReason'];

  @Column('bytea', { name: 'secret_sealed', select: false })
  secretSealed: Buffer;

  @Column('bytea', { name: 'previous_secret_sealed', nullable: true, select: false })
  previousSecretSealed: Buffer | null;

  @Column('timestamptz', { name: 'previous_secret_until', nullable: true })
  previousSecretUntil: Date | null;

  @Column('integer', { name: 'failures_in_row', default: 0 })
  failuresInRow: number;

  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}

/** The body is stored as it was signed; lists do not read it. */
@Entity({ schema: 'platform', name: 'webhook_deliveries' })
@Index('webhook_deliveries_once', ['endpointId', 'eventId'], { unique: true })
@Index('webhook_deliveries_of_endpoint', ['endpointId', 'id'])
@Index('webhook_deliveries_due', ['endpointId', 'nextAttemptAt'], { where: "status = 'pending'" })
@Index('webhook_deliveries_ended', ['endedAt'], { where: 'ended_at IS NOT NULL' })
@Check('webhook_deliveries_status_known', "status IN ('pending', 'delivered', 'dead')")
@Check('webhook_deliveries_ended_when', "(status = 'pending') = (ended_at IS NULL)")
export class WebhookDeliveryEntity implements WebhookDelivery {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_deliveries_pkey' })
  id: string;

  @Column('uuid', { name: 'endpoint_id' })
  endpointId: string;

  @ManyToOne(() => WebhookEndpointEntity, { nullable: false })
  @JoinColumn({ name: 'endpoint_id', foreignKeyConstraintName: 'webhook_deliveries_endpoint_fkey' })
  endpoint: Relation<WebhookEndpointEntity>;

  @Column('uuid', { name: 'event_id' })
  eventId: string;

  @Column('text', { name: 'event_type' })
  eventType: string;

  @Column('text', { select: false })
  body: string;

  @Column('text', { default: 'pending' })
  status: WebhookDelivery['status'];

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('integer', { name: 'last_status_code', nullable: true })
  lastStatusCode: number | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError: string | null;

  @Column('timestamptz', { name: 'next_attempt_at', default: () => 'now()' })
  nextAttemptAt: Date;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
