import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';
import { AccountEntity } from './account.entity.js';

/** A requested reset, with the hash of its token: the token works once, until it expires. */
@Entity({ schema: 'account', name: 'password_resets' })
@Unique('password_resets_token_unique', ['tokenHash'])
@Index('password_resets_of_account', ['accountId', 'createdAt'])
// Of LEAST(used_at, expires_at), which a decorator cannot say.
@Index('password_resets_ended', { synchronize: false })
export class PasswordResetEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'password_resets_pkey' })
  id: string;

  @Column('uuid', { name: 'account_id' })
  accountId: string;

  @ManyToOne(() => AccountEntity, { nullable: false })
  @JoinColumn({ name: 'account_id', foreignKeyConstraintName: 'password_resets_account_id_fkey' })
  account: Relation<AccountEntity>;

  @Column('bytea', { name: 'token_hash' })
  tokenHash: Buffer;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
