import { batchLine } from "./ip-batch.ts";
import type { PodInterface } from "./pod-interface.ts";

/**
 * Lines, for the host's namespace, that make every veth pair with its other end already in `netns` under its final
 * name. The host's end is up from the start; the pod's end cannot be (the kernel wants its peer first).
 */
export function pairLines(interfaces: readonly PodInterface[], netns: string): readonly string[] {
  return interfaces.map(({ name, hostName, mac, mtu }) => {
    const host = ["link", "add", hostName, "up", "mtu", mtu.toString(), "type", "veth"];
    return batchLine(...host, "peer", "name", name, "address", mac, "mtu", mtu.toString(), "netns", netns);
  });
}

/**
 * Lines, for the host's namespace, that remove pairs; the pod's ends go with them. They are put into a link group and
 * removed by it: the kernel waits once for all instead of some 20 ms for each. `group` has to be nobody else's.
 */
export function unpairLines(hostNames: readonly string[], group: number): readonly string[] {
  const grouped = hostNames.map((hostName) => batchLine("link", "set", hostName, "group", group.toString()));
  return [...grouped, batchLine("link", "del", "group", group.toString())];
}
