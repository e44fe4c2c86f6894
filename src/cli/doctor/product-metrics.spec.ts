import { parseMetrics } from './product-metrics.js';

const TEXT = `# HELP bulwark_db_queries_total Statements sent.
# TYPE bulwark_db_queries_total counter
bulwark_db_queries_total{module="catalog",target="replica"} 10
bulwark_db_queries_total{module="catalog",target="primary"} 3
bulwark_db_queries_total{module="account",target="primary"} 5
process_resident_memory_bytes 1.5e+8
`;

describe('parseMetrics', () => {
  it('sums the samples that carry the labels', () => {
    const reading = parseMetrics(TEXT);
    expect(reading.sum('bulwark_db_queries_total', { module: 'catalog' })).toBe(13);
    expect(reading.sum('bulwark_db_queries_total', { module: 'catalog', target: 'primary' })).toBe(3);
    expect(reading.sum('bulwark_db_queries_total')).toBe(18);
    expect(reading.sum('process_resident_memory_bytes')).toBe(1.5e8);
    expect(reading.sum('bulwark_cache_loads_total', { cache: 'home' })).toBe(0);
  });

  it('reads the label sets of a metric, escapes undone', () => {
    const reading = parseMetrics(
      'hits{cache="items",key="q=\\"a, b\\"",protection="single-flight, early refresh"} 7\n' +
        'hits{cache="home",key="",protection="none"} 2\n',
    );
    expect(reading.series('hits')).toEqual([
      { labels: { cache: 'items', key: 'q="a, b"', protection: 'single-flight, early refresh' }, value: 7 },
      { labels: { cache: 'home', key: '', protection: 'none' }, value: 2 },
    ]);
  });
});
