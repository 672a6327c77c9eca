// Reads what Network and ProviderNetwork have in common, and throws a refusal that names the field which is wrong.
import type * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { parseAllowed, printAllowed } from "#src/net/allowed-prefixes.ts";
import { type Cidr, containsIp, firstHost, cidrsOverlap, parseCidr, printCidr, printInPrefix } from "#src/net/cidr.ts";
import { parseDestination, soleSubnets } from "#src/net/destination.ts";
import { type Family, type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { type MacPrefix, parseMacPrefix } from "#src/net/mac.ts";
import { leastMtu } from "#src/net/mtu.ts";
import { whyUnusable } from "#src/net/unusable-prefix.ts";
import { findWrongRange, type IpRange, parseExcludeIps } from "#src/net/range.ts";
import { malformedIn, type MalformedField } from "../crd/malformed-field.ts";
import { type NamedPoolConfig, readNamedPools } from "./named-pools.ts";
import type { LabelSelector, networkFields } from "./network-fields.ts";

/** One subnet of a network. It has no gateway only where no router port is made (isolated, adopted). */
export interface ConfiguredSubnet {
  /** Its place in the object: `spec.ipv4Subnets[0]`. */
  readonly field: string;
  readonly cidr: Cidr;
  readonly gateway: IpAddress | undefined;
}

/** The addresses that a network gives, what pods are told and who may join: parsed, with every default filled in. */
export interface Addressing {
  readonly subnets: readonly ConfiguredSubnet[];
  readonly excluded: readonly IpRange[];
  /** The parts of the subnets that only those get who choose them. No two overlap. */
  readonly pools: readonly NamedPoolConfig[];
  readonly dns: AddressingSpec["dns"];
  readonly routes: readonly { readonly dst: Cidr; readonly gateway: IpAddress | undefined }[];
  readonly mtu: number | undefined;
  readonly macPrefix: MacPrefix | undefined;
  readonly portSecurity: AddressingSpec["portSecurity"];
  /** True when pods that join are to be Ready only while their interfaces are up. */
  readonly networksReady: boolean;
  /** True when OVN answers the DHCP requests of guests. */
  readonly dhcp: boolean;
  /** Addresses and prefixes to send from besides the own ones, in the notation of OVN. */
  readonly allowedPrefixes: readonly string[];
  /** `inherited` stands for what an adopted switch itself says. */
  readonly allowed:
    | "*"
    | "inherited"
    | { readonly names: readonly string[]; readonly selector: LabelSelector | undefined };
}

type AddressingSpec = z.output<z.ZodObject<typeof networkFields>> & { readonly mtu?: number | undefined };

interface Kind {
  /** Its name in `kubectl explain`. */
  readonly singular: "network" | "providernetwork";
  /** True when a router of ours is on the switch, so that each subnet has a gateway there. */
  readonly routed: boolean;
  /** The namespaces whose pods may join when the object does not say. */
  readonly admits: "*" | "inherited";
}

/** Throws `Malformed`, `AddressOutOfRange` or `RouteInvalid`. */
export function readAddressing(spec: AddressingSpec, { singular, routed, admits }: Kind): Addressing {
  const malformed = malformedIn(singular);
  const required = <T>(value: T | undefined, field: string, text: string): T => {
    if (value === undefined) throw malformed(field, text, "cannot be read");
    return value;
  };
  const faults = { malformed, required };
  const subnets = [...readSubnets(spec, 4, routed, faults), ...readSubnets(spec, 6, routed, faults)];
  refuseOverlap(subnets, faults);
  const { allowedNamespaces: allowed, macPrefix, pools = [] } = spec;
  const excluded = [...readExcluded(spec, 4, faults), ...readExcluded(spec, 6, faults)];
  return {
    subnets,
    excluded,
    pools: readNamedPools(pools, { subnets, excluded }, malformed),
    dns: spec.dns,
    routes: readRoutes(spec, subnets, faults),
    mtu: readMtu(spec, subnets, faults),
    macPrefix: macPrefix === undefined ? undefined : required(parseMacPrefix(macPrefix), "spec.macPrefix", macPrefix),
    portSecurity: spec.portSecurity,
    networksReady: spec.networksReady ?? false,
    dhcp: readDhcp(spec, subnets, faults),
    allowedPrefixes: readAllowedPrefixes(spec, subnets, faults),
    allowed: allowed === undefined ? admits : { names: allowed.names ?? [], selector: allowed.selector },
  };
}

interface Faults {
  readonly malformed: MalformedField;
  /** Gives the value, or throws that the text of the field cannot be read. */
  readonly required: <T>(value: T | undefined, field: string, text: string) => T;
}

const listKeys = { 4: "ipv4Subnets", 6: "ipv6Subnets" } as const;

function readSubnets(
  spec: AddressingSpec,
  family: Family,
  routed: boolean,
  faults: Faults,
): readonly ConfiguredSubnet[] {
  return (spec[listKeys[family]] ?? []).map(({ subnet, gateway: text = "" }, index) => {
    const field = `spec.${listKeys[family]}[${index}]`;
    const cidr = faults.required(parseCidr(subnet)?.cidr, `${field}.subnet`, subnet);
    if (cidr.family !== family) throw faults.malformed(`${field}.subnet`, subnet, `is not an IPv${family} prefix`);
    const unusable = whyUnusable(cidr);
    if (unusable !== undefined) throw faults.malformed(`${field}.subnet`, subnet, unusable);
    const written = text === "" ? undefined : (parseIp(text) ?? parseCidr(text)?.address);
    if (text !== "" && written === undefined) {
      const meant = parseIp(text.split("/")[0] ?? "") ?? firstHost(cidr);
      const reason = `is no address: write ${printIp(meant)}, or ${printInPrefix({ address: meant, cidr })}`;
      throw faults.malformed(`${field}.gateway`, text, reason);
    }
    if (written !== undefined && !containsIp(cidr, written)) {
      throw refusal("AddressOutOfRange", {
        field: `${field}.gateway`,
        value: text,
        reason: `is outside ${printCidr(cidr)}`,
        remedy: "write an address inside, or leave gateway out",
      });
    }
    return { field, cidr, gateway: written ?? (routed ? firstHost(cidr) : undefined) };
  });
}

function refuseOverlap(subnets: readonly ConfiguredSubnet[], faults: Faults): void {
  for (const [index, { field, cidr }] of subnets.entries()) {
    const other = subnets.slice(0, index).find((earlier) => cidrsOverlap(earlier.cidr, cidr));
    if (other !== undefined) throw faults.malformed(`${field}.subnet`, printCidr(cidr), `overlaps ${other.field}`);
  }
}

function readExcluded(spec: AddressingSpec, family: Family, faults: Faults): readonly IpRange[] {
  return (spec[listKeys[family]] ?? []).flatMap(({ excludeIps = "" }, index) => {
    const field = `spec.${listKeys[family]}[${index}].excludeIps`;
    const ranges = parseExcludeIps(excludeIps);
    const wrong = ranges === undefined ? findWrongRange(excludeIps) : undefined;
    return faults.required(ranges, field, wrong ?? excludeIps);
  });
}

/** A pod that may answer for the gateway could read all that leaves the network. */
function readAllowedPrefixes(
  spec: AddressingSpec,
  subnets: readonly ConfiguredSubnet[],
  faults: Faults,
): readonly string[] {
  return (spec.allowedAddresses ?? []).map((text, index) => {
    const field = `spec.allowedAddresses[${index}]`;
    const cidr = faults.required(parseAllowed(text.trim()), field, text);
    const gateway = subnets.map((subnet) => subnet.gateway).find((ip) => ip !== undefined && containsIp(cidr, ip));
    if (gateway === undefined) return printAllowed(cidr);
    throw faults.malformed(field, text, `contains the gateway ${printIp(gateway)}, in whose place no pod may send`);
  });
}

function readRoutes(spec: AddressingSpec, subnets: readonly ConfiguredSubnet[], faults: Faults): Addressing["routes"] {
  const taken = new Map(soleSubnets(subnets).map(({ field, cidr }) => [printCidr(cidr), `is the subnet of ${field}`]));
  return (spec.routes ?? []).map(({ dst: text, gw = "" }, index) => {
    const field = `spec.routes[${index}]`;
    const dst = readDestination(text, `${field}.dst`, taken, faults);
    taken.set(printCidr(dst), `is the destination of ${field} as well`);
    const gateway = gw === "" ? undefined : faults.required(parseIp(gw), `${field}.gw`, gw);
    const reachable =
      gateway === undefined
        ? subnets.some((subnet) => subnet.gateway?.family === dst.family)
        : gateway.family === dst.family && subnets.some(({ cidr }) => containsIp(cidr, gateway));
    if (reachable) return { dst, gateway };
    throw refusal("RouteInvalid", {
      field: `${field}.gw`,
      value: gw,
      reason: gw === "" ? `is left out, and there is no IPv${dst.family} gateway` : "cannot be reached",
      remedy: "write an address inside a subnet of this network, of the destination's family",
    });
  });
}

/** `taken` holds the destinations that cannot have another route, each with the reason. */
function readDestination(text: string, field: string, taken: ReadonlyMap<string, string>, faults: Faults): Cidr {
  const found = parseDestination(text.trim());
  if (found === "default") {
    throw refusal("RouteInvalid", {
      field,
      value: text,
      reason: "is the default route, which a pod asks for by itself",
      remedy: "remove the route, and set defaultGateway in the request of the pod",
    });
  }
  const { cidr } = faults.required(found, field, text);
  const reason = taken.get(printCidr(cidr));
  if (reason === undefined) return cidr;
  throw refusal("RouteInvalid", { field, value: text, reason, remedy: "remove the route" });
}

function readMtu({ mtu }: AddressingSpec, subnets: readonly ConfiguredSubnet[], faults: Faults): number | undefined {
  const families = subnets.map(({ cidr }) => cidr.family);
  if (mtu === undefined || mtu >= leastMtu(families)) return mtu;
  throw faults.malformed("spec.mtu", mtu, `is less than the ${leastMtu(families)} bytes that IPv6 needs`);
}

/** Only addresses that are handed out can be given to a guest. */
function readDhcp({ dhcp = false }: AddressingSpec, subnets: readonly ConfiguredSubnet[], faults: Faults): boolean {
  if (!dhcp || subnets.length > 0) return dhcp;
  throw faults.malformed("spec.dhcp", dhcp, "needs a subnet, from which guests get their addresses");
}

/** The namespaces that an owner lets do something with the network. Without the field it is that of the network itself. */
export function namesOr(
  namespace: string,
  allowed: { readonly names?: readonly string[] | undefined } | undefined,
): readonly string[] {
  return allowed === undefined ? [namespace] : (allowed.names ?? []);
}
