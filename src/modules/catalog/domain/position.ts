/** Where the next page begins: after the row with this sort key and id. */
export interface Position {
  /** Milliseconds, minor units, a score or a position: always a whole number. */
  readonly key: number;
  /** A UUID, or a slug where rows have no other id. */
  readonly id: string;
  /** Search only: the page belongs to the corrected query. */
  readonly corrected?: boolean;
}

const ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9]+(?:-[a-z0-9]+)*)$/;

/** The parts of the cursor that stands for a position. */
export function partsOf({ key, id, corrected }: Position): (string | number)[] {
  return [key, id, corrected ? 1 : 0];
}

/** @returns undefined when the parts, which a client may have forged, are no position */
export function toPosition(parts: readonly unknown[]): Position | undefined {
  const [key, id, corrected] = parts;
  if (parts.length !== 3 || !Number.isSafeInteger(key) || typeof id !== 'string' || !ID.test(id)) return undefined;
  return { key: key as number, id, corrected: corrected === 1 };
}
