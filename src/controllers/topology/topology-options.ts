import { AppError } from "#src/core/errors.ts";
import { addressBits, type Family, parseIp } from "#src/net/ip.ts";
import { parseCidr } from "#src/net/cidr.ts";
import type { TopologyConfig, Uplink } from "#src/ovn/topology.ts";

/** The topology as the flags give it. */
export interface TopologyTexts {
  /** CIDRs, at most one of each family: `100.64.0.0/16`, `fd98::/64`. */
  readonly joinSubnets: readonly string[];
  /** System ids of chassis. The best comes first. */
  readonly gatewayChassis: readonly string[];
  /** Label selector of the nodes that carry the gateway when no chassis is named. */
  readonly gatewaySelector: string;
  /** The name in `ovn-bridge-mappings`; undefined when there is no way out. */
  readonly uplinkNetwork: string | undefined;
  /** `address/length`, at most one of each family. */
  readonly uplinkAddresses: readonly string[];
  readonly uplinkNextHops: readonly string[];
}

/** A join subnet needs a network address, a router, a gateway and, in IPv4, a broadcast address. */
const joinHostBits = 2;

/** Reads the topology. Throws `ConfigInvalid`, which quotes the text that is wrong. */
export function readTopology(texts: TopologyTexts): TopologyConfig {
  const joinSubnets = texts.joinSubnets.map((text) => {
    const cidr = parseCidr(text)?.cidr;
    if (cidr === undefined) throw invalid(text, "is not a prefix such as 100.64.0.0/16");
    if (addressBits[cidr.family] - cidr.prefixLength < joinHostBits)
      throw invalid(text, "has no room for two addresses");
    return cidr;
  });
  if (joinSubnets.length === 0) throw invalid("", "is no join subnet: give one for each family in use");
  refuseTwice(joinSubnets, texts.joinSubnets);
  return { joinSubnets, gatewayChassis: texts.gatewayChassis, uplink: readUplink(texts) };
}

function readUplink(texts: TopologyTexts): Uplink | undefined {
  const { uplinkNetwork, uplinkAddresses, uplinkNextHops, gatewayChassis, gatewaySelector } = texts;
  if (uplinkNetwork === undefined) return undefined;
  if (uplinkAddresses.length === 0) throw invalid(uplinkNetwork, "is an uplink on which the gateway has no address");
  if (gatewayChassis.length === 0 && gatewaySelector === "")
    throw invalid(uplinkNetwork, "is an uplink that no chassis carries");
  const addresses = uplinkAddresses.map((text) => {
    const parsed = parseCidr(text);
    if (parsed === undefined) throw invalid(text, "is not an address with a mask, such as 192.0.2.10/24");
    return parsed;
  });
  const nextHops = uplinkNextHops.map((text) => {
    const hop = parseIp(text);
    if (hop === undefined) throw invalid(text, "is not an address");
    if (!addresses.some(({ address }) => address.family === hop.family))
      throw invalid(text, "has no address of its family");
    return hop;
  });
  refuseTwice(
    addresses.map(({ address }) => address),
    uplinkAddresses,
  );
  refuseTwice(nextHops, uplinkNextHops);
  return { physicalNetwork: uplinkNetwork, addresses, nextHops };
}

function refuseTwice(values: readonly { readonly family: Family }[], texts: readonly string[]): void {
  const second = values.findIndex(({ family }, index) => values.slice(0, index).some((one) => one.family === family));
  if (second >= 0) throw invalid(texts[second] ?? "", "is the second of its family");
}

function invalid(text: string, problem: string): AppError {
  return new AppError("ConfigInvalid", `topology: ${JSON.stringify(text)} ${problem}`);
}
