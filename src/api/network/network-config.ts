import { z } from "zod";
import { refusal } from "#src/core/errors.ts";
import { type Cidr, containsIp, firstHost, cidrsOverlap, parseCidr, printCidr } from "#src/net/cidr.ts";
import { parseDestination, soleSubnets } from "#src/net/destination.ts";
import { type Family, type IpAddress, parseIp } from "#src/net/ip.ts";
import { type MacPrefix, parseMacPrefix } from "#src/net/mac.ts";
import { leastMtu } from "#src/net/mtu.ts";
import { whyUnusable } from "#src/net/unusable-prefix.ts";
import { findWrongRange, type IpRange, parseExcludeIps } from "#src/net/range.ts";
import { type LabelSelector, type NetworkSpec, networkSpecSchema } from "./network-schema.ts";

/** One subnet of a Network. It has no gateway only where no router port is made (isolated, adopted). */
export interface ConfiguredSubnet {
  /** Its place in the object: `spec.ipv4Subnets[0]`. */
  readonly field: string;
  readonly cidr: Cidr;
  readonly gateway: IpAddress | undefined;
}

/** A Network object as a plain value: every address parsed, every default filled in. */
export interface NetworkConfig {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly subnets: readonly ConfiguredSubnet[];
  readonly excluded: readonly IpRange[];
  readonly dns: NetworkSpec["dns"];
  readonly routes: readonly { readonly dst: Cidr; readonly gateway: IpAddress | undefined }[];
  readonly mtu: number | undefined;
  readonly snat: boolean;
  /** True when the switch gets a port on our router. */
  readonly routed: boolean;
  readonly adopt: boolean;
  readonly macPrefix: MacPrefix | undefined;
  /** `inherited` stands for what an adopted switch itself says. */
  readonly allowed:
    | "*"
    | "inherited"
    | { readonly names: readonly string[]; readonly selector: LabelSelector | undefined };
}

const objectSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().default(""), uid: z.string().default("") }),
  spec: networkSpecSchema,
});

/** Reads a Network; throws `Malformed`, `AddressOutOfRange` or `RouteInvalid` with the field that is wrong. */
export function parseNetwork(object: unknown): NetworkConfig {
  const parsed = objectSchema.safeParse(object);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed((issue?.path ?? []).map(String).join("."), undefined, issue?.message ?? "is wrong");
  }
  const { metadata, spec } = parsed.data;
  const routed = spec.isolated !== true && spec.adopt !== true;
  const subnets = [...readSubnets(spec, 4, routed), ...readSubnets(spec, 6, routed)];
  if (subnets.length === 0) throw malformed("spec", undefined, "has no subnet");
  refuseOverlap(subnets);
  const { allowedNamespaces: allowed, macPrefix } = spec;
  return {
    ...metadata,
    subnets,
    excluded: [...readExcluded(spec, 4), ...readExcluded(spec, 6)],
    dns: spec.dns,
    routes: readRoutes(spec, subnets),
    mtu: readMtu(spec, subnets),
    snat: spec.snat === true,
    routed,
    adopt: spec.adopt === true,
    macPrefix: macPrefix === undefined ? undefined : required(parseMacPrefix(macPrefix), "spec.macPrefix", macPrefix),
    allowed: readAllowed(allowed, spec.adopt === true),
  };
}

/** Without the field a network of ours admits everybody, and an adopted switch whom it admitted before. */
function readAllowed(allowed: NetworkSpec["allowedNamespaces"], adopt: boolean): NetworkConfig["allowed"] {
  if (allowed === undefined) return adopt ? "inherited" : "*";
  return { names: allowed.names ?? [], selector: allowed.selector };
}

const listKeys = { 4: "ipv4Subnets", 6: "ipv6Subnets" } as const;

function readSubnets(spec: NetworkSpec, family: Family, routed: boolean): readonly ConfiguredSubnet[] {
  return (spec[listKeys[family]] ?? []).map(({ subnet, gateway: text = "" }, index) => {
    const field = `spec.${listKeys[family]}[${index}]`;
    const cidr = required(parseCidr(subnet)?.cidr, `${field}.subnet`, subnet);
    if (cidr.family !== family) throw malformed(`${field}.subnet`, subnet, `is not an IPv${family} prefix`);
    const unusable = whyUnusable(cidr);
    if (unusable !== undefined) throw malformed(`${field}.subnet`, subnet, unusable);
    const written =
      text === "" ? undefined : required(parseIp(text) ?? parseCidr(text)?.address, `${field}.gateway`, text);
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

function refuseOverlap(subnets: readonly ConfiguredSubnet[]): void {
  for (const [index, { field, cidr }] of subnets.entries()) {
    const other = subnets.slice(0, index).find((earlier) => cidrsOverlap(earlier.cidr, cidr));
    if (other !== undefined) throw malformed(`${field}.subnet`, printCidr(cidr), `overlaps ${other.field}`);
  }
}

function readExcluded(spec: NetworkSpec, family: Family): readonly IpRange[] {
  return (spec[listKeys[family]] ?? []).flatMap(({ excludeIps = "" }, index) => {
    const field = `spec.${listKeys[family]}[${index}].excludeIps`;
    return required(parseExcludeIps(excludeIps), field, findWrongRange(excludeIps) ?? excludeIps);
  });
}

function readRoutes(spec: NetworkSpec, subnets: readonly ConfiguredSubnet[]): NetworkConfig["routes"] {
  const taken = new Map(soleSubnets(subnets).map(({ field, cidr }) => [printCidr(cidr), `is the subnet of ${field}`]));
  return (spec.routes ?? []).map(({ dst: text, gw = "" }, index) => {
    const field = `spec.routes[${index}]`;
    const dst = readDestination(text, `${field}.dst`, taken);
    taken.set(printCidr(dst), `is the destination of ${field} as well`);
    const gateway = gw === "" ? undefined : required(parseIp(gw), `${field}.gw`, gw);
    const reachable =
      gateway === undefined
        ? subnets.some((subnet) => subnet.gateway?.family === dst.family)
        : gateway.family === dst.family && subnets.some(({ cidr }) => containsIp(cidr, gateway));
    if (reachable) return { dst, gateway };
    throw refusal("RouteInvalid", {
      field: `${field}.gw`,
      value: gw,
      reason: gw === "" ? `is left out, and there is no IPv${dst.family} gateway` : "cannot be reached",
      remedy: "write an address inside a subnet of this Network, of the destination's family",
    });
  });
}

/** `taken` holds the destinations that cannot have another route, each with the reason. */
function readDestination(text: string, field: string, taken: ReadonlyMap<string, string>): Cidr {
  const found = parseDestination(text.trim());
  if (found === "default") {
    throw refusal("RouteInvalid", {
      field,
      value: text,
      reason: "is the default route, which a pod asks for by itself",
      remedy: "remove the route, and set defaultGateway in the request of the pod",
    });
  }
  const { cidr } = required(found, field, text);
  const reason = taken.get(printCidr(cidr));
  if (reason === undefined) return cidr;
  throw refusal("RouteInvalid", { field, value: text, reason, remedy: "remove the route" });
}

function readMtu({ mtu }: NetworkSpec, subnets: readonly ConfiguredSubnet[]): number | undefined {
  const families = subnets.map(({ cidr }) => cidr.family);
  if (mtu === undefined || mtu >= leastMtu(families)) return mtu;
  throw malformed("spec.mtu", mtu, `is less than the ${leastMtu(families)} bytes that IPv6 needs`);
}

function required<T>(value: T | undefined, field: string, text: string): T {
  if (value === undefined) throw malformed(field, text, "cannot be read");
  return value;
}

function malformed(field: string, value: unknown, reason: string) {
  return refusal("Malformed", {
    field,
    value,
    reason,
    remedy: "correct the field; `kubectl explain network.spec` tells more",
  });
}
