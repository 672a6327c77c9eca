import { netlinkCommand } from "./netlink-command.ts";
import type { PodInterface } from "./pod-interface.ts";

/** Lines that make every veth pair, the host's end up, the other end in the pod under its final name and with its MAC. */
export function pairCommands(interfaces: readonly PodInterface[]): readonly string[] {
  return interfaces.map(({ name, hostName, mac, mtu }) => netlinkCommand("pair", hostName, name, mac, mtu.toString()));
}
