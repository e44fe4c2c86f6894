import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An event of the provider's; its id is recorded, so that it acts once. */
@Entity({ schema: 'payments', name: 'provider_events' })
@Index('provider_events_expiring', ['receivedAt'])
export class ProviderEventEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'provider_events_pkey' })
  id: string;

  @Column('text')
  type: string;

  /** The payment or refund of ours that it is about. */
  @Column('uuid', { name: 'subject_id', nullable: true })
  subjectId: string | null;

  @Column('timestamptz', { name: 'received_at', default: () => 'now()' })
  receivedAt: Date;
}
