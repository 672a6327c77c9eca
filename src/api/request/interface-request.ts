import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import type { Cidr } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { isUnicast, type Mac, parseMac } from "#src/net/mac.ts";
import { parseAllowedAddresses } from "./allowed-addresses.ts";
import { besideClaim, type ClaimReference, parseClaimReference } from "./claim-reference.ts";
import { type Bandwidth, parseBandwidth } from "./bandwidth.ts";
import { type FloatingRequest, parseFloatingRequest } from "./floating-request.ts";
import { refuseClashing } from "./clashing-settings.ts";
import { besideDhcp } from "./guest-interface.ts";
import { parseInterfaceName } from "./interface-names.ts";
import type { JsonValue } from "../text/json-value.ts";
import { fieldHelp, foundFields, json, text, texts } from "../text/object-fields.ts";
import { parseAddresses, parseGateways, type RequestedAddress } from "./requested-address.ts";
import { parsePoolReference, type PoolReference } from "./pool-reference.ts";
import { parseReplicaSettings, type ReplicaSettings, replicaShape } from "./replica-settings.ts";
import { parseRoutes, type Route } from "./route.ts";
import { besideOrdinalAddresses, besideSticky } from "./sticky-interface.ts";
import { besideTap } from "./tap-interface.ts";

/** One interface that a pod asks for, checked as far as that is possible without knowing the network. */
export interface InterfaceRequest extends ReplicaSettings {
  /** Path of this element for messages: `k8s.plugin.opnfv.org/nfn-network: interface[0]`. */
  readonly field: string;
  readonly network: string;
  /** Undefined when the pod gets the next free `netN` (interface-names.ts). */
  readonly interfaceName: string | undefined;
  /** Empty when the allocator chooses them. */
  readonly addresses: readonly RequestedAddress[];
  readonly mac: Mac | undefined;
  readonly defaultGateway: boolean;
  /** Gateways in place of the network's, at most one of each family. */
  readonly gateways: readonly IpAddress[];
  readonly routes: readonly Route[];
  /** Addresses and prefixes that the interface may send from besides its own. Undefined stands for none. */
  readonly allowedAddresses?: readonly Cidr[] | undefined;
  /** Undefined when no direction is limited. */
  readonly bandwidth?: Bandwidth | undefined;
  /** True for an interface that sends nothing, has no address, and gets what a Tap copies. */
  readonly isTap?: boolean | undefined;
  /** True for the interface of a guest, which gets its addresses by DHCP. It carries none in the pod. */
  readonly isGuest?: boolean | undefined;
  /** Undefined when it asks for no address outside. */
  readonly floating?: FloatingRequest | undefined;
  /** The pool of the network from which it gets its addresses; undefined when it names none. */
  readonly pool?: PoolReference | undefined;
  /** Undefined when its addresses are for this pod alone. */
  readonly claim?: ClaimReference | undefined;
}

/**
 * The fields of one interface, the same in both forms of the request. The keys are those of Nodus; `routes` is ours.
 */
export const interfaceSchema = z.object({
  name: text().register(fieldHelp, {
    kind: "a string",
    remedy: 'name the network, such as "name": "blue"; `ovn4nfv networks` lists them',
    meaning: "The network: a Network, or a logical switch that admits the namespace.",
  }),
  interface: text().optional().register(fieldHelp, {
    kind: "a string",
    remedy: 'write a name such as "interface": "net1", or leave it out and get the next free one',
    meaning:
      "The name in the pod: 1 to 15 letters, digits, `_`, `-` and `.`, not eth0 or lo. Default: the next free of net1, net2, and so on.",
  }),
  ipAddress: texts().optional().register(fieldHelp, {
    kind: "an address or a list of addresses",
    remedy: 'write "ipAddress": "10.1.0.7", or ["10.1.0.7", "fd00:1::7"], or leave it out',
    meaning:
      "Up to 16 addresses of either family, each with or without mask: one, several with commas between, or a list. Default: the allocator chooses.",
  }),
  pool: text().optional().register(fieldHelp, {
    kind: "a string",
    remedy: 'write the name of a pool of the network, as "pool": "front", or leave it out',
    meaning:
      "A pool of the network: the interface gets its addresses from there. Default: the pool that the label `k8s.plugin.opnfv.org/pool` of the namespace names, when the network has it, else the addresses that are in no pool.",
  }),
  claim: text().optional().register(fieldHelp, {
    kind: "a string",
    remedy: 'write the name of an IPAMClaim, as "claim": "web.blue", or leave it out',
    meaning:
      "An IPAMClaim of the pod's namespace whose `spec.network` is the network. The interface gets its addresses, or gives it its first ones, and they stay with the claim when the pod is gone. Not beside ipAddress.",
  }),
  ...replicaShape,
  macAddress: text().optional().register(fieldHelp, {
    kind: "a MAC address",
    remedy: 'write "macAddress": "0a:58:0a:01:00:07", or leave it out',
    meaning: "A unicast MAC address, with or without ipAddress. Default: the allocator chooses.",
  }),
  defaultGateway: text()
    .pipe(z.enum(["true", "false"]))
    .optional()
    .register(fieldHelp, {
      kind: '"true" or "false"',
      remedy: 'write "defaultGateway": "true" or leave it out',
      meaning:
        "`true` when the pod's default route goes through this interface. In each family one interface of the pod can have it. Default: `false`.",
    }),
  gwipaddress: texts().optional().register(fieldHelp, {
    kind: "an address or a list of addresses",
    remedy: 'write "gwipaddress": "10.1.0.1", at most one of each family, or leave it out',
    meaning:
      "A gateway in place of the network's, without mask, at most one of each family. On a network with several subnets of the family it must lie in the subnet of an address in `ipAddress`. Default: the gateway of the subnet in which the address lies.",
  }),
  routes: json().optional().register(fieldHelp, {
    kind: "a list of routes",
    remedy: 'write "routes": [{"dst": "172.16.29.0/24", "gw": "10.1.0.1"}], or leave it out',
    meaning: "Up to 64 routes through this interface. A pod has each destination once.",
  }),
  allowedAddresses: texts().optional().register(fieldHelp, {
    kind: "an address or prefix, or a list of them",
    remedy: 'write "allowedAddresses": "10.1.0.200", or leave it out',
    meaning:
      "Up to 16 addresses and prefixes that the interface may send from besides its own, such as a virtual address that moves between pods. The Network must permit them.",
  }),
  bandwidth: json().optional().register(fieldHelp, {
    kind: "limits of bandwidth",
    remedy: 'write "bandwidth": {"ingress": "10M", "egress": "10M"}, or leave it out',
    meaning:
      "The most that the interface may receive (`ingress`) and send (`egress`). The annotation `k8s.plugin.opnfv.org/bandwidth` changes it while the pod runs.",
  }),
  tap: text()
    .pipe(z.enum(["true", "false"]))
    .optional()
    .register(fieldHelp, {
      kind: '"true" or "false"',
      remedy: 'write "tap": "true" or leave it out',
      meaning:
        "`true` for an interface that only receives: it has no address and sends nothing, and a Tap names it as its sink. Default: `false`.",
    }),
  dhcp: text()
    .pipe(z.enum(["true", "false"]))
    .optional()
    .register(fieldHelp, {
      kind: '"true" or "false"',
      remedy: 'write "dhcp": "true" or leave it out',
      meaning:
        "`true` for the interface of a guest, such as a virtual machine: it carries no address in the pod, and the guest behind it gets its addresses by DHCP. The Network must have `dhcp`. Default: `false`.",
    }),
  externalIp: text().optional().register(fieldHelp, {
    kind: '"auto" or an address',
    remedy: 'write "externalIp": "auto", or an address of the uplink, or leave it out',
    meaning:
      "An address outside for this interface alone: `auto`, or one of the floating addresses of the Uplink by which the network leaves. What comes to it arrives here, and what the interface sends to the outside leaves with it.",
  }),
  distributed: text()
    .pipe(z.enum(["true", "false"]))
    .optional()
    .register(fieldHelp, {
      kind: '"true" or "false"',
      remedy: 'write "distributed": "true" beside externalIp, or leave it out',
      meaning:
        "`true` when `externalIp` works from the node of the pod, which then carries the wire of the uplink, and not from the node of the gateway. Default: `false`.",
    }),
  netType: text().optional().register(fieldHelp, {
    kind: "a string",
    remedy: 'leave it out, or write "netType": "virtual" or "netType": "provider"',
    meaning:
      "`virtual` or `provider`, as Nodus writes it. The name of the network says which it is, so that both are taken.",
  }),
});

/** Keys that the early README named and the early code never read. */
const formerNames: ReadonlyMap<string, string> = new Map([
  ["interfacerequest", "interface"],
  ["isdefaultroute", "defaultGateway"],
]);

/** Reads one element of the request, in either form; throws a refusal that names each field that is wrong. */
export function parseInterface(element: JsonValue, field: string, warnings: string[]): InterfaceRequest {
  const { fields, fieldOf, refusals } = foundFields(interfaceSchema, element, field, warnings, formerNames);
  const { name, interface: asked, macAddress } = fields;
  refusals.try(() => {
    refuseNetType(fields.netType, fieldOf("netType"));
  });
  const addresses = refusals.try(() => parseAddresses(fields.ipAddress, fieldOf("ipAddress"))) ?? [];
  const read = {
    field,
    network: name === undefined ? undefined : refusals.try(() => parseNetworkName(name, fieldOf("name"))),
    interfaceName:
      asked === undefined ? undefined : refusals.try(() => parseInterfaceName(asked, fieldOf("interface"))),
    addresses,
    mac:
      macAddress === undefined ? undefined : refusals.try(() => parseRequestedMac(macAddress, fieldOf("macAddress"))),
    defaultGateway: fields.defaultGateway === "true",
    gateways: refusals.try(() => parseGateways(fields.gwipaddress, fieldOf("gwipaddress"), addresses)) ?? [],
    routes: refusals.try(() => parseRoutes(fields.routes, fieldOf("routes"), addresses, warnings)) ?? [],
  };
  const allowedAddresses =
    refusals.try(() => parseAllowedAddresses(fields.allowedAddresses, fieldOf("allowedAddresses"))) ?? [];
  const bandwidth = refusals.try(() => parseBandwidth(fields.bandwidth, fieldOf("bandwidth"), warnings));
  const { claim: claimName } = fields;
  const claim =
    claimName === undefined
      ? undefined
      : refusals.try(() => ({ ...parseClaimReference(claimName, fieldOf("claim"), name ?? ""), isWritten: true }));
  const { pool: poolName } = fields;
  const pool = poolName === undefined ? undefined : refusals.try(() => parsePoolReference(poolName, fieldOf("pool")));
  if (claim !== undefined && addresses.length > 0) refusals.add(besideClaim(fieldOf("ipAddress"), fields.ipAddress));
  const replica = refusals.try(() => parseReplicaSettings(fields, fieldOf, name ?? "")) ?? {};
  if (replica.sticky !== undefined) refuseClashing(besideSticky, fields, fieldOf, refusals);
  if (replica.ordinalAddresses !== undefined) refuseClashing(besideOrdinalAddresses, fields, fieldOf, refusals);
  const isTap = fields.tap === "true";
  if (isTap) refuseClashing(besideTap, fields, fieldOf, refusals);
  const isGuest = fields.dhcp === "true";
  if (isGuest) refuseClashing(besideDhcp, fields, fieldOf, refusals);
  const floating = refusals.try(() =>
    parseFloatingRequest(fields.externalIp, fields.distributed, {
      externalIp: fieldOf("externalIp"),
      distributed: fieldOf("distributed"),
    }),
  );
  refusals.throwAll();
  return {
    ...read,
    network: read.network ?? "",
    ...(allowedAddresses.length === 0 ? {} : { allowedAddresses }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(isTap ? { isTap } : {}),
    ...(isGuest ? { isGuest } : {}),
    ...(floating === undefined ? {} : { floating }),
    ...(pool === undefined ? {} : { pool }),
    ...(claim === undefined ? {} : { claim }),
    ...replica,
  };
}

const maxNetworkName = 253;
const printable = /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u;

function parseNetworkName(name: string, field: string): string {
  if (name.length <= maxNetworkName && name.isWellFormed() && printable.test(name)) return name;
  throw refusal("Malformed", {
    field,
    value: name,
    reason: `is not a name: it has control characters, or more than ${maxNetworkName} characters`,
    remedy: "write the name of a Network or logical switch; `ovn4nfv networks` lists them",
  });
}

/** Reads a MAC address. Throws `Malformed` for a text that is none, and for the address of a group or of nobody. */
export function parseRequestedMac(text: string, field: string): Mac {
  const mac = parseMac(text.trim());
  if (mac !== undefined && isUnicast(mac)) return mac;
  throw refusal("Malformed", {
    field,
    value: text,
    reason: mac === undefined ? "is not a MAC address" : "is not the address of one interface (group bit set, or zero)",
    remedy: "write six octets with an even first one, such as 0a:58:0a:01:00:07, or leave macAddress out",
  });
}

function refuseNetType(netType: string | undefined, field: string): void {
  if (netType === undefined || netType === "virtual" || netType === "provider") return;
  throw refusal("Malformed", {
    field,
    value: netType,
    reason: "is not a type of network",
    remedy: 'leave it out, or write "virtual" or "provider"',
  });
}
