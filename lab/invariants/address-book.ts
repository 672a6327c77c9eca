// Computes with addresses by Node's own net module, as a second opinion on src/net.
import { BlockList, isIP, SocketAddress } from "node:net";
import type { NbSwitch } from "./nb-snapshot.ts";

const ours = "k8s.plugin.opnfv.org/";

/** The one spelling of an IP address; undefined for a text that is none. */
export function canonicalIp(text: string): string | undefined {
  const version = isIP(text);
  if (version === 0) return undefined;
  return new SocketAddress({ address: text, family: version === 4 ? "ipv4" : "ipv6" }).address;
}

export function isMac(text: string): boolean {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text);
}

/** The reason why the settings of the switch forbid the address to a pod; undefined when they allow it. */
export function whyNotOnSwitch(ip: string, { otherConfig, externalIds }: NbSwitch): string | undefined {
  const ipv6Prefix = otherConfig.get("ipv6_prefix");
  const subnets = words(externalIds.get(`${ours}subnets`) ?? otherConfig.get("subnet")).concat(
    ipv6Prefix === undefined ? [] : [`${ipv6Prefix.replace(/\/.*$/, "")}/64`],
  );
  if (!contains(subnets, ip)) return `outside ${subnets.join(" and ")}`;
  if (subnets.some((cidr) => canonicalIp(cidr.replace(/\/.*$/, "")) === ip)) return "a network address";
  const gateways = words(externalIds.get(`${ours}gateways`) ?? externalIds.get("gateway_ip"));
  if (gateways.some((text) => canonicalIp(text.replace(/\/.*$/, "")) === ip)) return "a gateway";
  const excluded = words(externalIds.get(`${ours}exclude-ips`) ?? otherConfig.get("exclude_ips"));
  return contains(excluded, ip) ? "excluded" : undefined;
}

/** True when one of the ranges holds the address. A range is an address, `a..b` or a CIDR. */
function contains(ranges: readonly string[], ip: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [first = "", last] = range.split("..");
    const [network = "", prefix] = first.split("/");
    const family = isIP(network) === 4 ? "ipv4" : "ipv6";
    if (last !== undefined) list.addRange(first, last, family);
    else if (prefix !== undefined) list.addSubnet(network, Number(prefix), family);
    else list.addAddress(network, family);
  }
  return list.check(ip, isIP(ip) === 4 ? "ipv4" : "ipv6");
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
}
