import { orderLine } from "./order-line.ts";
import type { PodInterface } from "./pod-interface.ts";

/** Lines that make every veth pair, the host's end up, the other end in the pod under its final name and with its MAC. */
export function pairLines(interfaces: readonly PodInterface[]): readonly string[] {
  return interfaces.map(({ name, hostName, mac, mtu }) => orderLine("pair", hostName, name, mac, mtu.toString()));
}
