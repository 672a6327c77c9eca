type MetricDefinition =
  | { readonly type: "counter" | "gauge"; readonly help: string; readonly labels: readonly string[] }
  | {
      readonly type: "histogram";
      readonly help: string;
      readonly labels: readonly string[];
      /** Upper bounds, seconds unless the name says otherwise. */
      readonly buckets: readonly number[];
    };

const fastSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Every metric of every process; docs/reference/metrics.md is generated from this table. */
export const metricDefinitions = {
  ovn4nfv_admission_requests_total: {
    type: "counter",
    help: "Admission reviews answered, by webhook entry and result (allowed, or the refusal's code).",
    labels: ["entry", "result"],
  },
  ovn4nfv_admission_duration_seconds: {
    type: "histogram",
    help: "Time from the last byte of a review to the answer being handed to the socket.",
    labels: ["entry"],
    buckets: fastSeconds,
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricDefinitions;
