import { Check, Column, Entity, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

/** A customer or a member of staff. */
@Entity({ schema: 'account', name: 'accounts' })
@Unique('accounts_email_unique', ['emailNormalised'])
@Check('accounts_roles_known', `roles <@ '{customer,merchandiser,finance,partner}'::text[]`)
@Check('accounts_deleted_are_anonymous', '(deleted_at IS NULL) = (email_normalised IS NOT NULL)')
export class AccountEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'accounts_pkey' })
  id: string;

  /** As the owner typed it; null once the account is deleted. */
  @Column('text', { nullable: true })
  email: string | null;

  @Column('text', { name: 'email_normalised', nullable: true })
  emailNormalised: string | null;

  @Column('text', { name: 'display_name' })
  displayName: string;

  @Column('text', { name: 'password_hash' })
  passwordHash: string;

  @Column('text', { array: true, default: ['customer'] })
  roles: string[];

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;
}
