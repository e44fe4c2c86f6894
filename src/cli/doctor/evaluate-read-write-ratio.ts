import { figure, type Finding } from './finding.js';

export interface TrafficFacts {
  readonly reads: number;
  readonly writes: number;
  /** Statements by the server that answered them. */
  readonly onReplica: number;
  readonly onPrimary: number;
}

/** Fewer requests than this say nothing about a ratio. */
const REQUESTS_MIN = 100;
/** With more writes than this, caches and replicas no longer carry the load. */
const WRITE_SHARE_MAX = 0.3;
const QUESTION = 'What is the measured read:write ratio?';

/** Question 1: what the tiers of caches and replicas can do for this traffic. */
export function evaluateReadWriteRatio({ reads, writes, onReplica, onPrimary }: TrafficFacts): Finding {
  const [all, statements] = [reads + writes, onReplica + onPrimary];
  const figures = `${ratio(reads, writes)} (${figure(reads)} reads, ${figure(writes)} writes)`;
  const evidence = [
    'bulwark_http_requests_total by kind, since the processes started',
    ...(statements === 0
      ? []
      : [`${figure((100 * onReplica) / statements)} % of ${figure(statements)} statements were answered by a replica`]),
  ];
  if (all < REQUESTS_MIN)
    return {
      question: QUESTION,
      figure: figures,
      status: 'watch',
      evidence,
      repair: `Ask again after traffic: ${figure(all)} requests say nothing.`,
    };
  if (writes / all > WRITE_SHARE_MAX)
    return {
      question: QUESTION,
      figure: figures,
      status: 'watch',
      evidence,
      repair: 'Caches and replicas carry reads only: the primary is what will be full first.',
    };
  return { question: QUESTION, figure: figures, status: 'good', evidence, repair: '' };
}

function ratio(reads: number, writes: number): string {
  if (writes === 0) return reads === 0 ? 'no traffic yet' : 'reads only';
  return reads >= writes ? `${(reads / writes).toFixed(1)} : 1` : `1 : ${(writes / Math.max(1, reads)).toFixed(1)}`;
}
