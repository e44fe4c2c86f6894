/** A change of what the tag names, made by the transaction with this number. */
export type Change = readonly [tag: string, version: number];

/**
 * What invalidates entries in other processes: tags and versions, never values. The publisher numbers its messages, so
 * that a lost one is noticed; a writer's early message has the number 0 and only makes the change known sooner.
 */
export interface InvalidationMessage {
  readonly publisherId: string;
  readonly number: number;
  /** Whether this is the first message of an invalidation run. */
  readonly first: boolean;
  /** The run covers every committed change by transactions from this number on. */
  readonly from: number;
  /** Where the next run begins. */
  readonly next: number;
  readonly changes: readonly Change[];
  /** In the last message of a run: every change committed before this moment (ms) has been published. */
  readonly completeAt: number | null;
}

export const encodeInvalidationMessage = (message: InvalidationMessage): string => JSON.stringify(message);

/** @returns undefined for a text that is no invalidation message */
export function decodeInvalidationMessage(text: string): InvalidationMessage | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<InvalidationMessage>;
    const wellFormed =
      typeof parsed.publisherId === 'string' && typeof parsed.number === 'number' && Array.isArray(parsed.changes);
    return wellFormed ? (parsed as InvalidationMessage) : undefined;
  } catch {
    // A foreign message on this channel says nothing about our entries.
    return undefined;
  }
}
