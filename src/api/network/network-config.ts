import * as z from "zod";
import { objectNamePattern } from "#src/core/object-name.ts";
import { type Cidr, parseCidr } from "#src/net/cidr.ts";
import type { IpRange } from "#src/net/range.ts";
import { malformedIn } from "../crd/malformed-field.ts";
import { namespacedMetadata, parseObject } from "../crd/parse-object.ts";
import { type Addressing, namesOr, readAddressing } from "./addressing.ts";
import { type NetworkSpec, storedNetworkSpecSchema } from "./network-schema.ts";
import { readServiceAddresses } from "./service-addresses.ts";

/** Networks by their names, and by the namespaces in which they are. */
export interface ReachableFrom {
  readonly networks: readonly string[];
  readonly namespaces: readonly string[];
}

/** A Network object as a plain value: every address parsed, every default filled in. */
export interface NetworkConfig extends Addressing {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly snat: boolean;
  /** Prefixes outside to which traffic leaves without source NAT. */
  readonly snatExempt: readonly Cidr[];
  /** The Uplink by which the network leaves; undefined for that of the flags. */
  readonly uplink: string | undefined;
  /** True when the switch gets a port on our router. */
  readonly routed: boolean;
  readonly adopt: boolean;
  /** The other networks whose packets the router lets in; undefined for all. */
  readonly reachableFrom: ReachableFrom | undefined;
  /** The namespaces whose chains may use the network. */
  readonly allowChains: readonly string[];
  /** The namespaces whose taps may look at the network. */
  readonly allowTaps: readonly string[];
  readonly multicast: { readonly snooping: boolean; readonly querier: boolean };
  /** The addresses of Services on the network. They are among `excluded`, so that no pod gets one. */
  readonly serviceAddresses: readonly IpRange[];
}

const objectSchema = z.object({
  metadata: namespacedMetadata,
  spec: storedNetworkSpecSchema,
});

const malformed = malformedIn("network");

/** Reads a Network; throws `Malformed`, `AddressOutOfRange` or `RouteInvalid` with the field that is wrong. */
export function parseNetwork(object: unknown): NetworkConfig {
  const { metadata, spec } = parseObject(objectSchema, object, malformed);
  const routed = spec.isolated !== true && spec.adopt !== true;
  // Without the field a network of ours admits everybody, and an adopted switch whom it admitted before.
  const admits = spec.adopt === true ? "inherited" : "*";
  const addressing = readAddressing(spec, { singular: "network", routed, admits });
  if (addressing.subnets.length === 0) throw malformed("spec", undefined, "has no subnet");
  if (addressing.dhcp && spec.adopt === true) {
    throw malformed("spec.dhcp", true, "is set beside spec.adopt, and the maker of the switch answers DHCP there");
  }
  const { snooping = false, querier = false } = spec.multicast ?? {};
  if (querier && addressing.subnets.every(({ gateway }) => gateway === undefined)) {
    throw malformed("spec.multicast.querier", true, "needs the gateway of a subnet as the source of its queries");
  }
  const multicast = { snooping, querier };
  const serviceAddresses = readServiceAddresses(spec.serviceAddresses ?? [], addressing, malformed);
  return {
    ...metadata,
    ...addressing,
    excluded: [...addressing.excluded, ...serviceAddresses],
    serviceAddresses,
    snat: spec.snat === true,
    snatExempt: readSnatExempt(spec, routed),
    uplink: readUplinkName(spec, routed),
    reachableFrom: readReachableFrom(spec, routed),
    routed,
    adopt: spec.adopt === true,
    allowChains: namesOr(metadata.namespace, spec.allowChains),
    allowTaps: namesOr(metadata.namespace, spec.allowTaps),
    multicast,
  };
}

function readSnatExempt({ snat, snatExempt = [] }: NetworkSpec, routed: boolean): readonly Cidr[] {
  if (snatExempt.length > 0 && !(snat === true && routed)) {
    throw malformed("spec.snatExempt", snatExempt, "makes exceptions from snat, which is not set");
  }
  return snatExempt.map((text, index) => {
    const parsed = parseCidr(text);
    if (parsed === undefined) throw malformed(`spec.snatExempt[${index}]`, text, "is not a prefix");
    return parsed.cidr;
  });
}

function readReachableFrom({ reachableFrom }: NetworkSpec, routed: boolean): ReachableFrom | undefined {
  if (reachableFrom === undefined) return undefined;
  if (!routed) throw malformed("spec.reachableFrom", undefined, "is about a network that has no port on the router");
  const { networks = [], namespaces = [] } = reachableFrom;
  return { networks: networks.filter(isObjectName), namespaces: namespaces.filter(isObjectName) };
}

/** A text that cannot be a name names nobody, so that it opens no way. */
function isObjectName(text: string): boolean {
  return objectNamePattern.test(text);
}

function readUplinkName({ uplink }: NetworkSpec, routed: boolean): string | undefined {
  if (uplink === undefined || routed) return uplink;
  throw malformed("spec.uplink", uplink, "is named by a network that has no port on the router");
}
