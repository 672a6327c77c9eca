import { type Cidr, parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import type { TopologyConfig, Uplink } from "#src/ovn/topology.ts";

export const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(text);
  return parsed.cidr;
};

export const ip = (text: string): IpAddress => {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};

const uplink: Uplink = {
  physicalNetwork: "provider",
  addresses: [
    { address: ip("192.0.2.10"), cidr: cidr("192.0.2.0/24") },
    { address: ip("2001:db8::10"), cidr: cidr("2001:db8::/64") },
  ],
  nextHops: [ip("192.0.2.1"), ip("2001:db8::1")],
};

/** The default join subnets, two chassis, and the uplink when asked for. */
export function sampleTopology(withUplink: boolean): TopologyConfig {
  return {
    joinSubnets: [cidr("100.64.0.0/16"), cidr("fd98::/64")],
    gatewayChassis: ["node-1", "node-2"],
    uplink: withUplink ? uplink : undefined,
  };
}
