import { refusal } from "#src/core/errors.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { isUnicast, type Mac, parseMac } from "#src/net/mac.ts";
import { parseInterfaceName } from "./interface-names.ts";
import { interfaceSchema } from "./interface-schema.ts";
import type { JsonValue } from "../text/json-value.ts";
import { objectFields } from "../text/object-fields.ts";
import { parseAddresses, type RequestedAddress } from "./requested-address.ts";
import { parseGateways } from "./requested-gateway.ts";
import { parseRoutes, type Route } from "./route.ts";

/** One interface that a pod asks for, checked as far as that is possible without knowing the network. */
export interface InterfaceRequest {
  /** Path of this element for messages: `k8s.plugin.opnfv.org/nfn-network: interface[0]`. */
  readonly field: string;
  readonly network: string;
  /** Absent: the next free `netN` (interface-names.ts). */
  readonly interfaceName: string | undefined;
  /** Empty: chosen by the allocator. */
  readonly addresses: readonly RequestedAddress[];
  readonly mac: Mac | undefined;
  readonly defaultGateway: boolean;
  /** Each in place of the network's gateway of its family, at most one of each; empty: the network's. */
  readonly gateways: readonly IpAddress[];
  readonly routes: readonly Route[];
}

/** The words of the early README, which the early code never read. */
const formerNames: ReadonlyMap<string, string> = new Map([
  ["interfacerequest", "interface"],
  ["isdefaultroute", "defaultGateway"],
]);

/** Reads one element of the request, in either form; throws a refusal that names the field. */
export function parseInterface(element: JsonValue, field: string, warnings: string[]): InterfaceRequest {
  const { fields, fieldOf } = objectFields(interfaceSchema, element, field, warnings, formerNames);
  refuseNetType(fields.netType, fieldOf("netType"));
  const addresses = parseAddresses(fields.ipAddress, fieldOf("ipAddress"));
  return {
    field,
    network: parseNetworkName(fields.name, fieldOf("name")),
    interfaceName:
      fields.interface === undefined ? undefined : parseInterfaceName(fields.interface, fieldOf("interface")),
    addresses,
    mac: fields.macAddress === undefined ? undefined : parseRequestedMac(fields.macAddress, fieldOf("macAddress")),
    defaultGateway: fields.defaultGateway === "true",
    gateways: parseGateways(fields.gwipaddress, fieldOf("gwipaddress"), addresses),
    routes: parseRoutes(fields.routes, fieldOf("routes"), addresses, warnings),
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

/** Reads a MAC address; throws `Malformed` for what is none, or not of one interface. */
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
  if (netType === undefined || netType === "virtual") return;
  const provider = netType === "provider";
  throw refusal("Malformed", {
    field,
    value: netType,
    reason: provider ? "asks for a provider network, and these are not there yet" : "is not a type of network",
    remedy: 'leave it out, or write "virtual"',
  });
}
