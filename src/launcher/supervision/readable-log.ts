/** Fields of a line that the application logs. */
interface LoggedLine {
  readonly msg?: unknown;
  readonly why?: unknown;
  readonly error?: { readonly message?: unknown; readonly stack?: unknown };
}

/** The first place in our own code; what lies above it is the runtime's and the packages'. */
const OWN_FRAME = /\(?((?:file:\/\/)?[^\s()]*\/(?:src|migrations)\/[^\s()]+:\d+:\d+)\)?/;

/**
 * The end of the application's log for a person: of a JSON line its message, the error's and where it was thrown. Lines
 * of any other form stay as they are.
 */
export function readableLog(text: string): string {
  return text.split('\n').map(readableLine).join('\n');
}

function readableLine(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, why, error } = JSON.parse(line) as LoggedLine;
    const parts = [msg, why, error?.message, placeOf(error?.stack)];
    return parts.filter((part) => typeof part === 'string' && part !== '').join(' ') || line;
  } catch {
    return line;
  }
}

function placeOf(stack: unknown): string {
  const place =
    typeof stack === 'string' ? OWN_FRAME.exec(stack.replaceAll(/^.*node_modules.*$/gm, ''))?.[1] : undefined;
  return place === undefined ? '' : `(${place.replace('file://', '')})`;
}
