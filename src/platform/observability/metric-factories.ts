import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** This process's metrics; the cluster primary adds those of all processes together. */
export const registry = new Registry();

/** Makes a counter of this process. Each capability and context defines its own, next to where it counts. */
export const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
  new Counter({ name, help, labelNames, registers: [registry] });

/** Makes a gauge of this process. @param aggregator how the cluster primary joins the processes' values */
export const gauge = <T extends string>(
  name: string,
  help: string,
  labelNames: readonly T[],
  aggregator: 'sum' | 'max' | 'min' = 'sum',
): Gauge<T> => new Gauge({ name, help, labelNames, registers: [registry], aggregator });

/** Makes a histogram of durations in seconds, from 1 ms to 10 s. */
export const histogram = <T extends string>(name: string, help: string, labelNames: readonly T[]): Histogram<T> =>
  new Histogram({ name, help, labelNames, buckets: LATENCY_BUCKETS_SECONDS, registers: [registry] });
