import * as z from "zod";
import { isRefusal, refusal } from "#src/core/errors.ts";
import { parseAllowed } from "#src/net/allowed-prefixes.ts";
import { parseCidr } from "#src/net/cidr.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { isUnicast, type Mac, parseMac } from "#src/net/mac.ts";
import { annotationKeys } from "./annotation-keys.ts";
import type { Bandwidth } from "./request/bandwidth.ts";
import type { WhenScaled } from "./request/replica-settings.ts";
import { elementOf, keyOf } from "./text/field-place.ts";
import { isInterfaceName } from "./request/interface-names.ts";
import { readJson } from "./text/json-text.ts";

/** One element of the result annotation: Nodus' five fields first, then ours. */
export interface InterfaceResult {
  /** Addresses with prefix length, IPv4 before IPv6; empty where whoever is on the wire gives them. */
  readonly ip_address: readonly string[];
  readonly mac_address: string;
  /**
   * Gateways of the subnets in which the addresses lie, or of `gwipaddress`. At most one of each family, without prefix
   * length.
   */
  readonly gateway_ip: readonly string[];
  readonly defaultGateway: "true" | "false";
  readonly interface: string;
  readonly network: string;
  /** Name of the Logical_Switch_Port: the OVS interface's `iface-id`. */
  readonly port: string;
  /** The physical network that carries the frames. Absent for a network whose frames go through tunnels. */
  readonly wire?: string | undefined;
  /** In bytes. On a wire it is the wire's. Absent when the interface gets as much as the node's tunnels carry, which is the most in any case. */
  readonly mtu?: number | undefined;
  /** Absent when there is none. */
  readonly routes?: readonly RouteResult[] | undefined;
  /** The network's DNS settings, for the CNI result; absent when there are none. */
  readonly dns?: DnsResult | undefined;
  /** The filter of the network for what interfaces send. Absent for `full`. */
  readonly port_security?: "mac" | "off" | undefined;
  /** Addresses and prefixes to send from besides `ip_address`. Absent when there are none. */
  readonly allowed_addresses?: readonly string[] | undefined;
  /** In bits and seconds. Absent when no direction is limited. */
  readonly bandwidth?: Bandwidth | undefined;
  /** True for an interface that only receives what Taps copy. */
  readonly tap?: true | undefined;
  /**
   * True for the interface of a guest: it carries no address in the pod, and the guest behind it asks for `ip_address` by
   * DHCP. It is told `gateway_ip`, `mtu` and `dns` as well.
   */
  readonly dhcp?: true | undefined;
  /** The host name that the guest is told. Absent when there is none. */
  readonly hostname?: string | undefined;
  /** The address outside. Absent when there is none, as are the next three. */
  readonly external_ip?: string | undefined;
  /** The Uplink whose address it is. */
  readonly uplink?: string | undefined;
  /** The MAC with which the node of the pod answers for it. Absent when the gateway answers. */
  readonly external_mac?: string | undefined;
  /** The ProviderNetwork whose wire the node of the pod needs for it. Absent when the gateway answers. */
  readonly external_network?: string | undefined;
  /** Name of the IPAMClaim that has the addresses. Absent when they are for this pod alone. */
  readonly claim?: string | undefined;
  /** The name that this claim must say in `spec.network`. Absent without a claim, and in results of older versions. */
  readonly claim_network?: string | undefined;
  /** The replica of a StatefulSet for which that claim is made. Absent for a claim that somebody else makes. */
  readonly sticky?: StickyResult | undefined;
  /** True for an interface that the pod got after its creation. Only the call of its own name wires it. */
  readonly plugged?: true | undefined;
  /** True for an interface that the pod gives up. No call wires it any more, and its port stays until the pod has let it go. */
  readonly leaving?: true | undefined;
}

/** Name and UID of the StatefulSet, and what becomes of the claim when it no longer has the replica. */
export interface StickyResult {
  readonly set: string;
  readonly uid: string;
  readonly when_scaled: WhenScaled;
}

export interface RouteResult {
  readonly dst: string;
  /** Absent when `dst` is on the link. */
  readonly gw?: string | undefined;
}

/** DNS settings as in a CNI result. No list is empty in a printed result. */
export interface DnsResult {
  readonly nameservers?: readonly string[] | undefined;
  readonly domain?: string | undefined;
  readonly search?: readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
}

const address = z.string().refine((value) => parseIp(value) !== undefined, "is not an address");
const prefix = z.string().refine((value) => parseCidr(value) !== undefined, "is not an address with a mask");
const mac = z.string().refine((value) => isUnicastMac(value), "is not a MAC address in lower case");
const name = z.string().min(1, "is empty");

const words = z.array(z.string()).min(1, "is empty").optional();

const rateLimit = z.object({ rate: z.int().min(1), burst: z.int().min(1).optional() }).optional();

const resultSchema = z.array(
  z.object({
    ip_address: z.array(prefix),
    mac_address: mac,
    gateway_ip: z.array(address),
    defaultGateway: z.enum(["true", "false"]),
    interface: z.string().refine(isInterfaceName, "is not an interface name"),
    network: name,
    port: name,
    wire: name.optional(),
    mtu: z.int().min(68).max(65_535).optional(),
    routes: z
      .array(z.object({ dst: prefix, gw: address.optional() }))
      .min(1, "is empty")
      .optional(),
    dns: z.object({ nameservers: words, domain: name.optional(), search: words, options: words }).optional(),
    port_security: z.enum(["mac", "off"]).optional(),
    allowed_addresses: z
      .array(z.string().refine((value) => parseAllowed(value) !== undefined, "is not an address or prefix"))
      .min(1, "is empty")
      .optional(),
    bandwidth: z.object({ ingress: rateLimit, egress: rateLimit }).optional(),
    tap: z.literal(true).optional(),
    dhcp: z.literal(true).optional(),
    hostname: name.optional(),
    external_ip: address.optional(),
    uplink: name.optional(),
    external_mac: mac.optional(),
    external_network: name.optional(),
    claim: name.optional(),
    claim_network: z.string().optional(),
    sticky: z.object({ set: name, uid: name, when_scaled: z.enum(["Retain", "Delete"]) }).optional(),
    plugged: z.literal(true).optional(),
    leaving: z.literal(true).optional(),
  }),
);

/** The text of the result annotation; equal results give equal texts, which the token's hash relies on. */
export function printResult(interfaces: readonly InterfaceResult[]): string {
  return JSON.stringify(
    interfaces.map((entry) => ({
      ip_address: entry.ip_address,
      mac_address: entry.mac_address,
      gateway_ip: entry.gateway_ip,
      defaultGateway: entry.defaultGateway,
      interface: entry.interface,
      network: entry.network,
      port: entry.port,
      wire: entry.wire,
      mtu: entry.mtu,
      routes: entry.routes?.length ? entry.routes.map(({ dst, gw }) => ({ dst, gw })) : undefined,
      dns: entry.dns === undefined ? undefined : withoutEmpty(entry.dns),
      port_security: entry.port_security,
      allowed_addresses: entry.allowed_addresses?.length ? entry.allowed_addresses : undefined,
      bandwidth: entry.bandwidth === undefined ? undefined : printBandwidth(entry.bandwidth),
      tap: entry.tap,
      dhcp: entry.dhcp,
      hostname: entry.hostname,
      external_ip: entry.external_ip,
      uplink: entry.uplink,
      external_mac: entry.external_mac,
      external_network: entry.external_network,
      claim: entry.claim,
      claim_network: entry.claim_network,
      sticky: entry.sticky === undefined ? undefined : printSticky(entry.sticky),
      plugged: entry.plugged,
      leaving: entry.leaving,
    })),
  );
}

function printBandwidth({ ingress, egress }: Bandwidth): Bandwidth {
  const print = (limit: Bandwidth["ingress"]) => limit && { rate: limit.rate, burst: limit.burst };
  return { ingress: print(ingress), egress: print(egress) };
}

function printSticky({ set, uid, when_scaled }: StickyResult): StickyResult {
  return { set, uid, when_scaled };
}

function withoutEmpty({ nameservers, domain, search, options }: DnsResult): DnsResult | undefined {
  const given = Object.entries({ nameservers, domain, search, options }).filter(([, value]) => value?.length);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/**
 * A result is longer than its request, since it repeats for each interface what the network says. The API server stores no more
 * than 256 KiB of annotations with an object (apimachinery, TotalAnnotationSizeLimitB), so no stored result is too long to be read.
 */
export const maxResultLength = 262_144;

/**
 * Reads a result that `printResult` of this version or a later one wrote, and ignores fields that it does not know.
 * Throws `Malformed`, also for results of Nodus, which name neither network nor port: a pod that Nodus made has no port
 * of ours and must be created again.
 */
export function parseResult(annotation: string): readonly InterfaceResult[] {
  const root = annotationKeys.result.key;
  const value = readJson(annotation, root, maxResultLength);
  const result = resultSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  let field: string = root;
  let at: unknown = value;
  for (const step of issue?.path ?? []) {
    field = typeof step === "number" ? elementOf(field, step) : keyOf(field, String(step));
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  throw refusal(
    "Malformed",
    {
      field,
      value: at,
      reason: `is not what the webhook writes: ${issue?.message ?? "unknown"}`,
      remedy: "create the pod again; only the webhook writes this annotation",
    },
    result.error,
  );
}

/** Reads a result. Undefined when nobody can read it: another version or none of our processes wrote it, or somebody edited it. */
export function readableResult(annotation: string): readonly InterfaceResult[] | undefined {
  try {
    return parseResult(annotation);
  } catch (caught) {
    if (isRefusal(caught)) return undefined;
    throw caught;
  }
}

/** The addresses of an interface as values; undefined when one of the texts was never written by `printResult`. */
export function resultAddresses(
  result: InterfaceResult,
): { readonly mac: Mac; readonly ips: readonly IpAddress[] } | undefined {
  const macAddress = parseMac(result.mac_address);
  const ips = result.ip_address.map((text) => parseCidr(text)?.address).filter((ip) => ip !== undefined);
  return macAddress === undefined || ips.length < result.ip_address.length ? undefined : { mac: macAddress, ips };
}

function isUnicastMac(value: string): boolean {
  const parsed = parseMac(value);
  return parsed === value && isUnicast(parsed);
}
