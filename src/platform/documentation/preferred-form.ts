import Negotiator from 'negotiator';

/** The forms of an answer that has a page. */
export type Form = 'json' | 'html';

/** In the order of our own preference: who takes anything, such as a program or curl, gets JSON. */
const FORMS: Readonly<Record<string, Form>> = { 'application/json': 'json', 'text/html': 'html' };

/**
 * Chooses the form that `Accept` prefers (RFC 9110, section 12.5.1); without the field, or with an empty one, JSON.
 * @returns undefined when neither is acceptable
 */
export function preferredForm(accept: string | undefined): Form | undefined {
  const [best] = new Negotiator({ headers: { accept: accept?.trim() || '*/*' } }).mediaTypes(Object.keys(FORMS));
  return best === undefined ? undefined : FORMS[best];
}
