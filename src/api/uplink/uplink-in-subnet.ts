import { type Cidr, containsIp, printCidr, printInPrefix } from "#src/net/cidr.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import type { UplinkConfig } from "./uplink-config.ts";

/** The reason why an address of an Uplink cannot stand on the switch of its ProviderNetwork. */
export interface SubnetProblem {
  readonly code: "AddressOutOfRange" | "AddressReserved" | "Malformed";
  readonly field: string;
  readonly value: string;
  /** Completes the sentence that begins with the field and its value. */
  readonly reason: string;
  readonly remedy: string;
}

interface Subnet {
  readonly cidr: Cidr;
  /** The router outside that the ProviderNetwork tells to its pods. */
  readonly gateway: IpAddress | undefined;
}

/** Finds the first address that does not fit the subnets of the ProviderNetwork. Without subnets of its family an address fits. */
export function findSubnetProblem(
  { outside, addresses }: Pick<UplinkConfig, "outside" | "addresses">,
  subnets: readonly Subnet[],
): SubnetProblem | undefined {
  for (const [index, own] of addresses.entries()) {
    const ofFamily = subnets.filter(({ cidr }) => cidr.family === own.address.family);
    const problem = ofFamily.length === 0 ? undefined : problemOf(own, ofFamily, outside.name);
    if (problem !== undefined) return { field: `spec.addresses[${index}]`, ...problem };
  }
  return undefined;
}

function problemOf(
  own: UplinkConfig["addresses"][number],
  subnets: readonly Subnet[],
  network: string,
): Omit<SubnetProblem, "field"> | undefined {
  const { address, cidr } = own;
  const value = printIp(address);
  const subnet = subnets.find((one) => containsIp(one.cidr, address));
  if (subnet === undefined) {
    const remedy = `write an address in ${subnets.map((one) => printCidr(one.cidr)).join(" or ")}`;
    return { code: "AddressOutOfRange", value, reason: `is in no subnet of the ProviderNetwork ${network}`, remedy };
  }
  if (subnet.cidr.prefixLength !== cidr.prefixLength) {
    const reason = `has another mask than the subnet ${printCidr(subnet.cidr)}`;
    const remedy = `write ${value}/${subnet.cidr.prefixLength}`;
    return { code: "Malformed", value: printInPrefix(own), reason, remedy };
  }
  if (subnet.gateway === undefined || !equalIp(subnet.gateway, address)) return undefined;
  return {
    code: "AddressReserved",
    value,
    reason: `is the gateway of the ProviderNetwork ${network}, which is a router outside`,
    remedy: "choose another address, and write this one in spec.nextHops",
  };
}
