import type { MetricName } from "#src/core/metric-definitions.ts";
import type { Metrics } from "#src/core/metrics.ts";

/** The gauges that only the leader sets, of what it has found. */
export const leaderGauges = [
  "ovn4nfv_services",
  "ovn4nfv_services_outside",
  "ovn4nfv_service_backends",
  "ovn4nfv_service_addresses",
  "ovn4nfv_chains",
  "ovn4nfv_policies",
  "ovn4nfv_gateway_members_out",
  "ovn4nfv_uplinks",
  "ovn4nfv_floating_ips",
  "ovn4nfv_ipam_claims",
  "ovn4nfv_taps",
] as const satisfies readonly MetricName[];

/** Called when a process leads no more. Its findings may be mended by now, and an alert on one of them would never end. */
export function clearLeaderGauges(metrics: Pick<Metrics, "clear">): void {
  for (const name of leaderGauges) metrics.clear(name);
}
