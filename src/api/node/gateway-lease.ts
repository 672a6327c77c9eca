// The Lease of a node that may carry a gateway of two chassis. The controller makes it and names the peers; the agent of the
// node renews it, and says in each renewal which of its tunnels to them are up.
import * as z from "zod";

const prefix = "k8s.plugin.opnfv.org";

/** It marks these Leases, so that nobody takes them for others of the namespace. */
export const gatewayLeaseLabel = `${prefix}/gateway-lease`;

/** The system ids of the other chassis, separated by commas. The controller writes it. */
export const peersAnnotation = `${prefix}/peers`;

/** The tunnels to them as BFD sees them, in JSON: `{"n2":"up"}`. The agent writes it. */
export const tunnelsAnnotation = `${prefix}/tunnels`;

/** The policy of deploy/base/nodes.yaml compares the name of the Lease with that of the node. */
export function gatewayLeaseName(node: string): string {
  return `ovn4nfv-gateway-${node}`;
}

const tunnelStateSchema = z.enum(["up", "down"]);
export type TunnelState = z.output<typeof tunnelStateSchema>;

/** The states of tunnels by the system id of the chassis at the other end. Without BFD a tunnel has none. */
export type TunnelStates = Readonly<Record<string, TunnelState>>;

const tunnelsSchema = z.record(z.string(), tunnelStateSchema);

type Annotations = Readonly<Record<string, string>>;

export function readPeers(annotations: Annotations): readonly string[] {
  return (annotations[peersAnnotation] ?? "").split(",").filter((peer) => peer !== "");
}

export function printPeers(peers: Iterable<string>): string {
  return [...peers].sort().join();
}

/** A text that cannot be read says nothing. */
export function readTunnels(annotations: Annotations): TunnelStates {
  try {
    return tunnelsSchema.safeParse(JSON.parse(annotations[tunnelsAnnotation] ?? "{}")).data ?? {};
  } catch {
    return {};
  }
}

export function printTunnels(tunnels: TunnelStates): string {
  return JSON.stringify(Object.fromEntries(Object.entries(tunnels).sort(([a], [b]) => (a < b ? -1 : 1))));
}
