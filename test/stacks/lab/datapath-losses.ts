// Packets that Open vSwitch in user space loses by itself, as it and the kernel count them.
//
// It reads the node's routes anew at each change of any link of the node. Until it has them again, it knows no way for packets into a
// tunnel, and leaves packets from a tunnel to the kernel of the node, which has no tunnel and refuses them. And what comes to a port
// waits in a socket of 208 KiB until it gets the processor.
import assert from "node:assert/strict";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import type { LabNode } from "#lab/cluster/lab-node.ts";

/** The counts of one node since it was started. */
interface NodeLosses {
  readonly received: number;
  readonly dropped: number;
  /** Packets by the device to which they came while its socket was full. */
  readonly overflows: ReadonlyMap<string, number>;
}

export interface DatapathLosses {
  /** Packets from a tunnel that the kernel got. */
  readonly received: number;
  /** Packets that no bridge passed on, among them those into a tunnel. Open vSwitch 3.1 does not tell them apart. */
  readonly dropped: number;
  /** Packets that came to a port while its socket was full. */
  readonly overflowed: number;
}

const noWay = ["drop_action_of_pipeline", "drop_action_tunnel_routing_failed"];

/** Starts to count on all nodes. The function that it gives says what they have lost since then. */
export async function countDatapathLosses(nodes: readonly LabNode[]): Promise<() => Promise<DatapathLosses>> {
  const before = await Promise.all(nodes.map(readLosses));
  return async () => {
    const now = await Promise.all(nodes.map(readLosses));
    const each = now.map((one, index) => lossesSince(before[index] ?? assert.fail(), one));
    return {
      received: each.reduce((sum, { received }) => sum + received, 0),
      dropped: each.reduce((sum, { dropped }) => sum + dropped, 0),
      overflowed: each.reduce((sum, { overflowed }) => sum + overflowed, 0),
    };
  };
}

/** Makes a pair of devices that Open vSwitch has no port for, and removes it, several times. */
export async function changeLinks(node: LabNode, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await node.machine.ip("link add bare0 type veth peer name bare1", "link set bare0 up", "link set bare1 up");
    // It answers between two looks at the links.
    await askSwitch(node, "version");
    await node.machine.ip("link del bare0");
    await askSwitch(node, "version");
  }
}

async function readLosses(node: LabNode): Promise<NodeLosses> {
  const [names = "", values = ""] = (await node.machine.must("grep", ["^Udp:", "/proc/net/snmp"])).split("\n");
  const column = names.split(" ").indexOf("NoPorts");
  assert.ok(column > 0, names);
  const coverage = await askSwitch(node, "coverage/show");
  const totals = noWay.map((name) => Number(new RegExp(`^${name} .*total: (\\d+)`, "m").exec(coverage)?.[1] ?? 0));
  const sockets = await node.machine.must("ss", ["--packet", "--memory", "--numeric", "--oneline"]);
  const overflows = [...sockets.matchAll(/\*:(\S+) .*skmem:\(.*,d(\d+)\)/g)];
  return {
    received: Number(values.split(" ")[column]),
    dropped: totals.reduce((sum, total) => sum + total, 0),
    overflows: new Map(overflows.map(([, device = "", count]) => [device, Number(count)])),
  };
}

/** The socket of a port is new when the port is, and its count ends with it. */
function lossesSince(before: NodeLosses, now: NodeLosses): DatapathLosses {
  const more = [...now.overflows].map(([device, count]) => Math.max(0, count - (before.overflows.get(device) ?? 0)));
  return {
    received: now.received - before.received,
    dropped: now.dropped - before.dropped,
    overflowed: more.reduce((sum, count) => sum + count, 0),
  };
}

function askSwitch({ machine, chassis }: LabNode, command: string): Promise<string> {
  const target = `/run/openvswitch/ovs-vswitchd.${chassis.switchd.pid}.ctl`;
  return machine.must(ovnBinary("ovs-appctl"), ["-t", target, command]);
}
