/** What the build process of `npm run dev` tells its supervisor. */
export type BuildReport =
  /** It has read everything: from now on a save is built. */
  | { readonly type: 'watching' }
  /** The output is the last good build; `changed` are paths below it. */
  | { readonly type: 'built'; readonly changed: readonly string[]; readonly sources: readonly string[]; since: number }
  /** The sources have errors; the output is still the last good build. */
  | { readonly type: 'failed'; readonly errors: string; readonly count: number }
  /** A sentence for the reader. */
  | { readonly type: 'notice'; readonly text: string };

/** The report in a message of the build process, or null for any other message. */
export function parseReport(message: unknown): BuildReport | null {
  const type = (message as { type?: unknown } | null)?.type;
  return type === 'watching' || type === 'built' || type === 'failed' || type === 'notice'
    ? (message as BuildReport)
    : null;
}
