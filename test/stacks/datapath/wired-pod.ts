import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { addTransientPort } from "./transient-port.ts";

/** An interface of a pod: a port in NB, and the pair of devices that plays it. */
export interface PodWire {
  /** The name of the host's end, which Open vSwitch has. */
  readonly device: string;
  /** The name inside the pod. */
  readonly name: string;
  readonly port: string;
  /** The id of the allocation; "" for a port without one. */
  readonly version: string;
  readonly mac: string;
  /** Each with its mask. */
  readonly ips: readonly string[];
}

/** Makes a namespace on the host that plays a pod, and connects it as the agent would. `routes` are lines of `ip route`. */
export async function wirePod(
  { machine, chassis }: ChassisHost,
  netns: string,
  wires: readonly PodWire[],
  routes: readonly string[],
): Promise<void> {
  await machine.must("ip", ["netns", "add", netns]);
  const batch = (lines: readonly string[]) =>
    machine.must("ip", ["-n", netns, "-batch", "-"], { input: lines.join("\n") });
  for (const { device, name, port, version, mac, ips } of wires) {
    await machine.ip(`link add ${device} type veth peer name ${name} netns ${netns}`, `link set ${device} up`);
    await batch([
      `link set ${name} address ${mac} mtu 1400 up`,
      ...ips.map((ip) => `addr add ${ip} dev ${name} nodad`),
    ]);
    // Open vSwitch forwards in user space here, and passes on the checksums as they are.
    await machine.must("ip", ["netns", "exec", netns, "ethtool", "-K", name, "tx", "off"]);
    const versioned = version === "" ? [] : [`external_ids:iface-id-ver=${version}`];
    const set = ["--", "set", "Interface", device, `external_ids:iface-id=${port}`, ...versioned];
    await chassis.vsctl(...addTransientPort("br-int", device), ...set);
  }
  await batch(["link set lo up", ...routes.map((route) => `route add ${route}`)]);
  await machine.must("ip", ["netns", "exec", netns, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
}
