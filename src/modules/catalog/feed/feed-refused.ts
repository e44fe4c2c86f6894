/** An import that is refused before it changes anything: its file or its arguments are not what it can work with. */
export class FeedRefusedError extends Error {
  override readonly name: string = 'FeedRefusedError';
}
