import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';

/** Where a partner wants to hear of payments. A deleted one stays until its deliveries are gone. */
@Entity({ schema: 'payments', name: 'webhook_endpoints' })
@Index('webhook_endpoints_of_account', ['accountId', 'id'])
@Check('webhook_endpoints_status_known', "status IN ('enabled', 'disabled', 'deleted')")
export class WebhookEndpointEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_endpoints_pkey' })
  id: string;

  @Column('uuid', { name: 'account_id' })
  accountId: string;

  @Column('text')
  url: string;

  @Column('text', { array: true })
  events: string[];

  @Column('text', { default: 'enabled' })
  status: string;

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason: string | null;

  @Column('bytea', { name: 'secret_sealed' })
  secretSealed: Buffer;

  @Column('bytea', { name: 'previous_secret_sealed', nullable: true })
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

/** One event on its way to one endpoint; the body is kept as it was signed. */
@Entity({ schema: 'payments', name: 'webhook_deliveries' })
@Index('webhook_deliveries_once', ['endpointId', 'eventId'], { unique: true })
@Index('webhook_deliveries_of_endpoint', ['endpointId', 'id'])
@Index('webhook_deliveries_due', ['endpointId', 'nextAttemptAt'], { where: "status = 'pending'" })
@Index('webhook_deliveries_ended', ['endedAt'], { where: 'ended_at IS NOT NULL' })
@Check('webhook_deliveries_status_known', "status IN ('pending', 'delivered', 'dead')")
@Check('webhook_deliveries_ended_when', "(status = 'pending') = (ended_at IS NULL)")
export class WebhookDeliveryEntity {
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

  @Column('text')
  body: string;

  @Column('text', { default: 'pending' })
  status: string;

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
