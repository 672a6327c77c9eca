import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type MetricName, metricDefinitions } from "./metric-definitions.ts";

type Definitions = typeof metricDefinitions;
type Labels<N extends MetricName> = Record<Definitions[N]["labels"][number], string>;
type NamesOf<T extends string> = { [N in MetricName]: Definitions[N]["type"] extends T ? N : never }[MetricName];

/** The metrics of one process, in a registry of its own: there is no global registry. Units are part of the names. */
export interface Metrics {
  readonly registry: Registry;
  /** Adds to a counter. */
  count<N extends NamesOf<"counter">>(name: N, labels: Labels<N>, by?: number): void;
  /** Sets a gauge. */
  set<N extends NamesOf<"gauge">>(name: N, labels: Labels<N>, value: number): void;
  /** Forgets all values of a gauge, so that labels of things that are gone disappear. */
  clear(name: NamesOf<"gauge">): void;
  /** Records one observation of a histogram. */
  observe<N extends NamesOf<"histogram">>(name: N, labels: Labels<N>, value: number): void;
}

/** Metrics of the process itself. */
export interface ProcessMetrics {
  /**
   * Interval between two measurements of the event loop's lag. Each one wakes the process: with prom-client's default of 10 ms they
   * took nine tenths of the processor time of an idle agent, and with 100 ms still a quarter.
   */
  readonly lagIntervalMs: number;
}

/** A process that serves many sees a stall of a tenth of a second. An agent, of which there are many, measures more rarely. */
export const processMetrics: ProcessMetrics = { lagIntervalMs: 100 };

/** Registers each metric of the table when it is first used, so that a process shows only the metrics that it uses. */
export function createMetrics(registry: Registry = new Registry(), process?: ProcessMetrics): Metrics {
  if (process !== undefined) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: process.lagIntervalMs });
  }
  const made = new Map<string, Counter | Gauge | Histogram>();
  const base = (name: MetricName) => {
    const { help, labels } = metricDefinitions[name];
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  const once = <T extends Counter | Gauge | Histogram>(name: MetricName, make: () => T): T => {
    const metric = made.get(name) ?? make();
    made.set(name, metric);
    return metric as T;
  };
  return {
    registry,
    count(name, labels, by = 1) {
      once(name, () => new Counter(base(name))).inc(labels, by);
    },
    set(name, labels, value) {
      once(name, () => new Gauge(base(name))).set(labels, value);
    },
    clear(name) {
      made.get(name)?.reset();
    },
    observe(name, labels, value) {
      const { buckets } = metricDefinitions[name] as { buckets: readonly number[] };
      once(name, () => new Histogram({ ...base(name), buckets: [...buckets] })).observe(labels, value);
    },
  };
}
