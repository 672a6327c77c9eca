/**
 * `GET /api/trace?from=<namespace>/<pod>[/<interface>]&to=<address or the same>[&proto=icmp|tcp|udp&port=N]` answers a
 * TraceAnswer, which is what `ovn4nfv trace` tells. 503 `Unavailable` says that the Southbound database or ovn-trace is missing.
 */
export interface TraceAnswer {
  readonly packet: string;
  readonly steps: readonly TraceAnswerStep[];
  readonly end: "delivered" | "wire" | "answered" | "asks" | "dropped";
  /** The end in a sentence. */
  readonly says: string;
  readonly notes: readonly string[];
}

export interface TraceAnswerStep {
  /** The switch or router. */
  readonly where: string;
  readonly what: string;
  /** The object that decided; `-` where OVN did by itself. */
  readonly by: string;
}
