import type { Row } from "ovsdb-client";
import { chassisIdKey, type ovsPort, type ovsTunnel } from "#cni/plumbing/ovs-tables.ts";
import type { TunnelStates } from "#src/api/node/gateway-lease.ts";

/**
 * The state of the tunnels to some chassis, as ovs-vswitchd has it by BFD. With several tunnels to one chassis the best counts,
 * as it does for ovn-controller.
 */
export function tunnelStates(
  peers: readonly string[],
  ports: Iterable<Row<typeof ovsPort>>,
  interfaces: ReadonlyMap<string, Row<typeof ovsTunnel>>,
): TunnelStates {
  const states: Record<string, "up" | "down"> = {};
  for (const { external_ids, interfaces: ids } of ports) {
    const peer = chassisOf(external_ids.get(chassisIdKey));
    if (peer === undefined || !peers.includes(peer)) continue;
    for (const id of ids) {
      const { bfd, bfd_status: status } = interfaces.get(id) ?? {};
      if (bfd?.get("enable") !== "true") continue;
      if (status?.get("state") === "up") states[peer] = "up";
      else states[peer] ??= "down";
    }
  }
  return states;
}

/** ovn-controller marks a tunnel with the chassis at its other end, `@` and the addresses of the tunnel. */
function chassisOf(mark: string | undefined): string | undefined {
  return mark?.split("@")[0];
}
