/** `gun`: loaded, it goes off with traffic. `watch`: fine now. `unknown`: it could not be looked at, which is no good sign. */
export type Verdict = 'good' | 'watch' | 'gun' | 'unknown';

/** The answer to one of the five questions. */
export interface Finding {
  readonly question: string;
  /** What was measured, in one line. */
  readonly figure: string;
  readonly verdict: Verdict;
  /** What the figure was made from. */
  readonly evidence: readonly string[];
  /** What to do about it; empty when it is good. */
  readonly repair: string;
}

/** Whether the system may go on as it is: no loaded gun, and nothing that could not be looked at. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ verdict }) => verdict === 'good' || verdict === 'watch');
}

/** A whole number with separators. */
export function figure(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
