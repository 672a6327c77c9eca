import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { type AddressInPrefix, type Cidr, cidrAround, containsIp, parseCidr, printCidr } from "#src/net/cidr.ts";
import { type Family, type IpAddress, parseIp } from "#src/net/ip.ts";
import { malformedIn } from "../crd/malformed-field.ts";
import { parseObject } from "../crd/parse-object.ts";
import { checkedSelector } from "../network/label-selector.ts";
import type { LabelSelector } from "../network/network-fields.ts";
import { type FloatingPool, readFloating } from "./floating-pool.ts";
import { type UplinkSpec, uplinkSpecSchema } from "./uplink-schema.ts";

/** An Uplink object as a plain value: every address parsed, every default filled in. */
export interface UplinkConfig {
  readonly name: string;
  readonly uid: string;
  /** The network outside: a ProviderNetwork, or a name in `ovn-bridge-mappings` that only the gateway uses. */
  readonly outside: { readonly kind: "provider" | "physical"; readonly name: string };
  readonly addresses: readonly AddressInPrefix[];
  readonly nextHops: readonly IpAddress[];
  /** The prefixes that are outside, in the families that have an address. */
  readonly routes: readonly Cidr[];
  /** Undefined stands for the nodes of the flag --gateway-selector. */
  readonly nodes: LabelSelector | undefined;
  /** True when IPv6 leaves with the gateway's address. */
  readonly natsIpv6: boolean;
  /** Undefined for an uplink without floating addresses. */
  readonly floating: FloatingPool | undefined;
}

const objectSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string().default("") }),
  spec: uplinkSpecSchema,
});

const malformed = malformedIn("uplink");

/** Reads an Uplink; throws `Malformed`, `AddressOutOfRange` or `RouteInvalid` with the field that is wrong. */
export function parseUplink(object: unknown): UplinkConfig {
  const { metadata, spec } = parseObject(objectSchema, object, malformed);
  const addresses = spec.addresses.map(readAddress);
  refuseTwice(
    "spec.addresses",
    addresses.map(({ address }) => address),
    spec.addresses,
  );
  const nextHops = readNextHops(spec, addresses);
  return {
    ...metadata,
    outside: readOutside(spec),
    addresses,
    nextHops,
    routes: readRoutes(spec, addresses),
    nodes: spec.nodes && checkedSelector(spec.nodes, "spec.nodes", malformed),
    natsIpv6: spec.ipv6 !== "Routed",
    floating: readFloating(spec, addresses, nextHops, malformed),
  };
}

function readOutside({ providerNetwork, physicalNetwork }: UplinkSpec): UplinkConfig["outside"] {
  if (physicalNetwork !== undefined && providerNetwork !== undefined) {
    throw malformed("spec.physicalNetwork", physicalNetwork, "stands beside providerNetwork: name one of them");
  }
  if (providerNetwork !== undefined) return { kind: "provider", name: providerNetwork };
  if (physicalNetwork === undefined) throw malformed("spec", undefined, "names no providerNetwork");
  if (/[,:\s]/.test(physicalNetwork)) {
    throw malformed("spec.physicalNetwork", physicalNetwork, "has a comma, colon or blank");
  }
  return { kind: "physical", name: physicalNetwork };
}

function readAddress(text: string, index: number): AddressInPrefix {
  const field = `spec.addresses[${index}]`;
  const parsed = parseCidr(text);
  if (parsed === undefined) {
    const length = parseIp(text)?.family === 6 ? 64 : 24;
    const example = parseIp(text) === undefined ? "198.51.100.10/24" : `${text}/${length}`;
    throw malformed(field, text, `is not an address with its mask, such as ${example}`);
  }
  const { address, cidr } = parsed;
  if (address.value === cidr.first.value && cidr.prefixLength < (address.family === 4 ? 31 : 127)) {
    throw malformed(field, text, "is the address of the prefix itself, and not of a host in it");
  }
  return { address, cidr };
}

function readNextHops({ nextHops = [] }: UplinkSpec, addresses: readonly AddressInPrefix[]): readonly IpAddress[] {
  const hops = nextHops.map((text, index) => {
    const field = `spec.nextHops[${index}]`;
    const hop = parseIp(text);
    if (hop === undefined) throw malformed(field, text, "is not an address");
    const own = addresses.find(({ address }) => address.family === hop.family);
    if (own === undefined || !containsIp(own.cidr, hop)) {
      throw refusal("AddressOutOfRange", {
        field,
        value: text,
        reason: own === undefined ? `is IPv${hop.family}, and no address is` : `is outside ${printCidr(own.cidr)}`,
        remedy: "write the address of a router in the prefix of spec.addresses",
      });
    }
    if (own.address.value === hop.value) throw malformed(field, text, "is the address of the gateway itself");
    return hop;
  });
  refuseTwice("spec.nextHops", hops, nextHops);
  return hops;
}

function readRoutes({ routes }: UplinkSpec, addresses: readonly AddressInPrefix[]): readonly Cidr[] {
  if (routes === undefined) return addresses.flatMap(({ address }) => cidrAround(address, 0) ?? []);
  const seen = new Set<string>();
  return routes.map((text, index) => {
    const field = `spec.routes[${index}]`;
    const cidr = parseCidr(text)?.cidr;
    if (cidr === undefined) throw malformed(field, text, "is not a prefix, such as 203.0.113.0/24");
    if (!addresses.some(({ address }) => address.family === cidr.family)) {
      throw refusal("RouteInvalid", {
        field,
        value: text,
        reason: `is IPv${cidr.family}, and spec.addresses has no such address`,
        remedy: "add an address of the family, or remove the route",
      });
    }
    if (seen.has(printCidr(cidr))) throw malformed(field, text, "stands there twice");
    seen.add(printCidr(cidr));
    return cidr;
  });
}

function refuseTwice(field: string, values: readonly { readonly family: Family }[], texts: readonly string[]): void {
  const second = values.findIndex(({ family }, index) => values.slice(0, index).some((one) => one.family === family));
  if (second >= 0) throw malformed(`${field}[${second}]`, texts[second], "is the second of its family");
}
