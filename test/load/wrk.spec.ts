import { parseWrk } from './wrk.js';

const TEXT = `Running 8s test @ http://127.0.0.1:3000/
  1 threads and 64 connections
  Latency Distribution
     50%  812.00us
     75%    1.10ms
     99%    2.05s
  307200 requests in 8.00s, 500.00MB read
  Socket errors: connect 0, read 2, write 0, timeout 3
  Non-2xx or 3xx responses: 5
Requests/sec:  38400.25
`;

describe('parseWrk', () => {
  it('reads rate, latencies and what failed', () => {
    expect(parseWrk(TEXT)).toEqual({ perSecond: 38_400.25, p50Ms: 0.812, p99Ms: 2_050, failures: 10 });
  });

  it('shows what wrk said when that is no result', () => {
    expect(() => parseWrk('unable to connect')).toThrow(/unable to connect/);
  });
});
