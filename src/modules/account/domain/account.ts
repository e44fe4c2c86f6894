/** An account as its owner sees it. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly createdAt: Date;
}

/** An account with the hash that its password is checked against. */
export interface Credential {
  readonly account: Account;
  readonly passwordHash: string;
}
