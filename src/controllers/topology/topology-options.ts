import { AppError, hasCode } from "#src/core/errors.ts";
import { addressBits, type Family, parseIp } from "#src/net/ip.ts";
import { parseCidr } from "#src/net/cidr.ts";
import type { TopologyConfig, Uplink } from "#src/ovn/rows/topology.ts";

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

/** The flag of each text, for messages. */
const flags = {
  joinSubnets: "--join-subnets",
  uplinkNetwork: "--uplink-network",
  uplinkAddresses: "--uplink-addresses",
  uplinkNextHops: "--uplink-next-hops",
} as const satisfies Partial<Record<keyof TopologyTexts, string>>;

type TopologyFlag = keyof typeof flags;

/**
 * Reads the topology. Throws `ConfigInvalid` for wrong join subnets, without which there is no router. A wrong uplink becomes
 * the `uplinkProblem`: networks need none, and what NB has of an earlier uplink stays.
 */
export function readTopology(texts: TopologyTexts): TopologyConfig {
  const joinSubnets = texts.joinSubnets.map((text) => {
    const cidr = parseCidr(text)?.cidr;
    if (cidr === undefined) throw invalid("joinSubnets", text, "is not a prefix such as 100.64.0.0/16");
    if (addressBits[cidr.family] - cidr.prefixLength < joinHostBits)
      throw invalid("joinSubnets", text, "has no room for two addresses");
    return cidr;
  });
  if (joinSubnets.length === 0) throw invalid("joinSubnets", "", "names none: give one for each family in use");
  refuseTwice("joinSubnets", joinSubnets, texts.joinSubnets);
  const base = { joinSubnets, gatewayChassis: texts.gatewayChassis };
  try {
    return { ...base, uplink: readUplink(texts) };
  } catch (caught) {
    if (!hasCode(caught, "ConfigInvalid")) throw caught;
    return { ...base, uplink: undefined, uplinkProblem: caught.message };
  }
}

function readUplink(texts: TopologyTexts): Uplink | undefined {
  const { uplinkNetwork, uplinkAddresses, uplinkNextHops, gatewayChassis, gatewaySelector } = texts;
  if (uplinkNetwork === undefined) return undefined;
  if (uplinkAddresses.length === 0) {
    throw invalid("uplinkAddresses", "", `names none, and --uplink-network is ${JSON.stringify(uplinkNetwork)}`);
  }
  if (gatewayChassis.length === 0 && gatewaySelector === "") {
    throw invalid("uplinkNetwork", uplinkNetwork, "is an uplink that no chassis carries: set --gateway-selector");
  }
  const addresses = uplinkAddresses.map((text) => {
    const parsed = parseCidr(text);
    if (parsed !== undefined) return parsed;
    const example = parseIp(text)?.family === 6 ? `${text}/64` : parseIp(text) && `${text}/24`;
    throw invalid("uplinkAddresses", text, `is not an address with a mask, such as ${example ?? "192.0.2.10/24"}`);
  });
  const nextHops = uplinkNextHops.map((text) => {
    const hop = parseIp(text);
    if (hop === undefined) throw invalid("uplinkNextHops", text, "is not an address");
    if (!addresses.some(({ address }) => address.family === hop.family)) {
      throw invalid("uplinkNextHops", text, `is IPv${hop.family}, and --uplink-addresses has no such address`);
    }
    return hop;
  });
  refuseTwice(
    "uplinkAddresses",
    addresses.map(({ address }) => address),
    uplinkAddresses,
  );
  refuseTwice("uplinkNextHops", nextHops, uplinkNextHops);
  return { physicalNetwork: uplinkNetwork, addresses, nextHops };
}

function refuseTwice(
  flag: TopologyFlag,
  values: readonly { readonly family: Family }[],
  texts: readonly string[],
): void {
  const second = values.findIndex(({ family }, index) => values.slice(0, index).some((one) => one.family === family));
  if (second >= 0) throw invalid(flag, texts[second] ?? "", "is the second of its family");
}

function invalid(key: TopologyFlag, text: string, problem: string): AppError {
  return new AppError("ConfigInvalid", `${flags[key]}${text === "" ? "" : ` ${JSON.stringify(text)}`} ${problem}`);
}
