import { LatencyHistogram } from './latency-histogram.js';

describe('LatencyHistogram', () => {
  it('gives percentiles at most 5 % above the truth and the exact maximum', () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 1_000; ms += 1) histogram.add(ms);
    for (const share of [0.01, 0.5, 0.99]) {
      const truth = share * 1_000;
      expect(histogram.percentileMs(share)).toBeGreaterThanOrEqual(truth * 0.999);
      expect(histogram.percentileMs(share)).toBeLessThanOrEqual(truth * 1.0501);
    }
    expect(histogram.maxMs).toBe(1_000);
  });

  it('answers 0 when nothing was measured', () => {
    expect(new LatencyHistogram().percentileMs(0.99)).toBe(0);
  });

  it('keeps what is beyond its range in the last bucket', () => {
    const histogram = new LatencyHistogram();
    histogram.add(0);
    histogram.add(1e9);
    expect(histogram.count).toBe(2);
    expect(histogram.percentileMs(1)).toBeGreaterThan(100_000);
  });
});
