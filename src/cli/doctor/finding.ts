/**
 * `critical`: it fails under traffic. `watch`: fine now. `unknown`: it could not be examined, which is no good sign.
 */
export type FindingStatus = 'good' | 'watch' | 'critical' | 'unknown';

/** The answer to one of the five questions. */
export interface Finding {
  readonly question: string;
  /** What was measured, in one line. */
  readonly figure: string;
  readonly status: FindingStatus;
  /** What the figure was made from. */
  readonly evidence: readonly string[];
  /** What to do about it; empty when it is good. */
  readonly repair: string;
}

/** Whether the system may go on as it is: nothing critical, and nothing that could not be examined. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status === 'good' || status === 'watch');
}

/** A whole number with separators. */
export function figure(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
