/** A change of what the tag names, made by the transaction with this number. */
export type Change = readonly [tag: string, version: number];

/**
 * What processes tell one another about changes: tags and versions, never values. The leader numbers its messages, so
 * that a lost one is noticed; anybody else's (number 0) only adds haste.
 */
export interface InvalidationMessage {
  readonly leader: string;
  readonly number: number;
  /** Whether this is the first message of one look at the changes. */
  readonly first: boolean;
  /** Every change by transactions from here on is announced in this look, as far as it was committed. */
  readonly from: number;
  /** Where the next look begins. */
  readonly next: number;
  readonly changes: readonly Change[];
  /** In the last message of a look: every change committed before this moment (ms) has been announced. */
  readonly completeAt: number | null;
}

export const encodeInvalidationMessage = (announcement: InvalidationMessage): string => JSON.stringify(announcement);

/** @returns undefined for a text that is no announcement */
export function decodeInvalidationMessage(text: string): InvalidationMessage | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<InvalidationMessage>;
    const wellFormed =
      typeof parsed.leader === 'string' && typeof parsed.number === 'number' && Array.isArray(parsed.changes);
    return wellFormed ? (parsed as InvalidationMessage) : undefined;
  } catch {
    // Somebody else's message on our channel says nothing about our entries.
    return undefined;
  }
}
