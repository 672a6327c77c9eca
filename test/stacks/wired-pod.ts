import type { ChassisHost } from "#lab/machine/chassis-host.ts";

/** A port in NB, and the namespace that plays the pod. */
export interface WiredPod {
  readonly netns: string;
  /** The name of the interface in Open vSwitch. */
  readonly device: string;
  readonly port: string;
  /** The id of the allocation; "" for a port without one. */
  readonly version: string;
  readonly mac: string;
  /** Each with its mask. */
  readonly ips: readonly string[];
  readonly via: readonly string[];
}

/** Connects the port to a namespace on the host, as the agent would. */
export async function wirePod({ machine, chassis }: ChassisHost, pod: WiredPod): Promise<void> {
  const { netns, device, port, version, mac, ips, via } = pod;
  await machine.must("ip", ["netns", "add", netns]);
  await machine.ip(`link add ${device} type veth peer name net1 netns ${netns}`, `link set ${device} up`);
  const lines = [
    `link set net1 address ${mac} up`,
    ...ips.map((ip) => `addr add ${ip} dev net1 nodad`),
    ...via.map((gateway) => `route add default via ${gateway}`),
  ];
  const inside = ["nsenter", [`--net=/run/netns/${netns}`, "--"]] as const;
  await machine.must(inside[0], [...inside[1], "ip", "-batch", "-"], { input: lines.join("\n") });
  // Open vSwitch forwards in user space here, and passes on the checksums as they are.
  await machine.must(inside[0], [...inside[1], "ethtool", "-K", "net1", "tx", "off"]);
  const set = ["--", "set", "Interface", device, `external_ids:iface-id=${port}`];
  const versioned = version === "" ? [] : [`external_ids:iface-id-ver=${version}`];
  await chassis.vsctl("add-port", "br-int", device, ...set, ...versioned);
}
