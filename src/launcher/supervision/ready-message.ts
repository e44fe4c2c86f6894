import { join } from 'node:path';
import { runFilePath } from './run-file.js';

/** Where the running system answers; `edge` is missing without one. */
export interface SystemUrls {
  readonly app: string;
  readonly ops: string;
  readonly edge?: string;
}

export interface ReadyFacts {
  readonly dataDir: string;
  readonly urls: SystemUrls;
  readonly paymentProvider: string;
  readonly mailDir: string;
  /** How long the start took, as it is printed. */
  readonly totalSeconds: string;
}

/** What `npm run up` prints once everything serves: the addresses, and what to try first. */
export function readyMessage({ dataDir, urls, paymentProvider, mailDir, totalSeconds }: ReadyFacts): string {
  const { app, ops, edge } = urls;
  return `
Ready after ${totalSeconds}.${
    edge === undefined
      ? ''
      : `
  Edge          ${edge}  (nginx with its cache, before the application)`
  }
  Application   ${app}  (documentation: ${app}/docs)
  Operations    ${ops}/health/ready
  Payments      ${paymentProvider}/sandbox/charges
  Mails         ${mailDir}
  Logs          ${join(dataDir, 'logs')}
  Addresses and credentials of everything: ${runFilePath(dataDir)}

Try:  curl ${edge ?? app}/v1/home
Stop: Ctrl-C`;
}
