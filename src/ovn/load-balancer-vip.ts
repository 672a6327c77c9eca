import { type IpAddress, parseIp } from "#src/net/ip.ts";

const bracketed = /^\[([^\]]+)\]/;

/**
 * Reads the address of a load balancer's `vips` key, ovn-nb(5): `10.0.0.1:80`, `[fd00::1]:80`, or an address without
 * a port. Gives `undefined` for a text without an address, such as the variable of a template.
 */
export function vipAddress(vip: string): IpAddress | undefined {
  const ipv6 = bracketed.exec(vip)?.[1];
  if (ipv6 !== undefined) return parseIp(ipv6);
  return parseIp(vip) ?? parseIp(vip.split(":")[0] ?? "");
}
