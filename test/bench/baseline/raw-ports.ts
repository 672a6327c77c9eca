// Wires two ports by hand, as the manual of OVN says it. They show the cost of a packet without any plugin.
export interface RawHost {
  readonly name: string;
  /** Runs a program on the machine, which must succeed. */
  readonly must: (command: string, args: readonly string[]) => Promise<string>;
  readonly vsctl: (...args: readonly string[]) => Promise<string>;
}

export interface RawPort {
  readonly address: string;
  /** The path of the network namespace on its machine. */
  readonly netns: string;
}

/** Makes a switch, and on each host a network namespace with a port on it. */
export async function wireRawPorts(
  hosts: readonly RawHost[],
  nbctl: (...args: readonly string[]) => Promise<string>,
  mtu: number,
): Promise<readonly RawPort[]> {
  await nbctl("ls-add", "raw");
  const ports: RawPort[] = [];
  for (const [index, { name, must, vsctl }] of hosts.entries()) {
    const [port, address, mac] = [`raw-${name}`, `10.99.0.${index + 1}`, `0a:00:00:00:99:0${index + 1}`];
    await nbctl("lsp-add", "raw", port, "--", "lsp-set-addresses", port, `${mac} ${address}`);
    await must("ip", ["netns", "add", "raw"]);
    await must("ip", ["link", "add", "raw0", "type", "veth", "peer", "name", "raw1", "netns", "raw"]);
    await must("ip", ["link", "set", "raw0", "mtu", `${mtu}`, "up"]);
    await must("ip", ["-n", "raw", "link", "set", "raw1", "address", mac, "mtu", `${mtu}`, "up"]);
    await must("ip", ["-n", "raw", "addr", "add", `${address}/24`, "dev", "raw1"]);
    // The userspace datapath forwards packets whose checksum the kernel has not filled in.
    await must("ip", ["netns", "exec", "raw", "ethtool", "-K", "raw1", "tx", "off"]);
    await vsctl("add-port", "br-int", "raw0", "--", "set", "Interface", "raw0", `external_ids:iface-id=${port}`);
    ports.push({ address, netns: "/run/netns/raw" });
  }
  return ports;
}
