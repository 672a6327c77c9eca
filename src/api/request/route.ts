import * as z from "zod";
import { type AppError, refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { type Cidr, printCidr } from "#src/net/cidr.ts";
import { parseDestination } from "#src/net/destination.ts";
import { equalIp, type IpAddress, printIp } from "#src/net/ip.ts";
import { elementOf } from "../text/field-place.ts";
import { isList } from "../text/json-text.ts";
import type { JsonValue } from "../text/json-value.ts";
import { fieldHelp, objectFields, text } from "../text/object-fields.ts";
import { parseGateway, type RequestedAddress } from "./requested-address.ts";

export interface Route {
  readonly dst: Cidr;
  /** Undefined for the interface's gateway of the same family. */
  readonly gateway: IpAddress | undefined;
}

const maxRoutes = 64;

/** The fields `dst` and `gw`, which every form of a route has. */
export const routeShape = {
  dst: text().register(fieldHelp, {
    kind: "a destination",
    remedy: 'write a prefix, such as "dst": "172.16.29.0/24"',
    meaning: "The destination: a prefix without bits behind its mask, or one address. It cannot be the default route.",
  }),
  gw: text().optional().register(fieldHelp, {
    kind: "an address",
    remedy: 'write an address, such as "gw": "10.1.0.1", or leave it out',
    meaning:
      "The next hop. It is of the destination's family and, like `gwipaddress`, in a subnet of the interface. Default: the interface's gateway.",
  }),
};

export const routeSchema = z.object(routeShape);

/**
 * Reads `routes` of one interface. Throws `Malformed` for a wrong shape and `RouteInvalid` for a route that cannot be.
 */
export function parseRoutes(
  value: JsonValue | undefined,
  field: string,
  own: readonly RequestedAddress[],
  warnings: string[],
): readonly Route[] {
  const refusals = new Refusals();
  const routes = refusals.map(routeElements(value, field), (element, index) => {
    const { fields, fieldOf } = objectFields(routeSchema, element, elementOf(field, index), warnings);
    return parseRoute(fields, fieldOf, own);
  });
  refusals.throwAll();
  return routes;
}

/** The elements of a list of routes. A list has at most 64. */
export function routeElements(value: JsonValue | undefined, field: string): readonly JsonValue[] {
  if (value === undefined) return [];
  const list = isList(value) ? value : undefined;
  if (list !== undefined && list.length <= maxRoutes) return list;
  throw refusal("Malformed", {
    field,
    value,
    reason: list === undefined ? "is not a list of routes" : `has ${list.length} routes`,
    remedy:
      list === undefined
        ? 'write [ ] with routes in it, such as [{"dst": "172.16.29.0/24", "gw": "10.1.0.1"}]'
        : `write at most ${maxRoutes}, or join their prefixes`,
  });
}

/** Reads one route; `fieldOf` names the places of `dst` and `gw`. */
export function parseRoute(
  fields: { readonly dst: string; readonly gw?: string | undefined },
  fieldOf: (key: "dst" | "gw") => string,
  own: readonly RequestedAddress[],
): Route {
  const dst = readDestination(fields.dst.trim(), fieldOf("dst"));
  const gateway = fields.gw === undefined ? undefined : parseGateway(fields.gw.trim(), fieldOf("gw"), own);
  if (gateway !== undefined && gateway.family !== dst.family) {
    throw refusal("RouteInvalid", {
      field: fieldOf("gw"),
      value: fields.gw,
      reason: `is an IPv${gateway.family} gateway for the IPv${dst.family} destination ${printCidr(dst)}`,
      remedy: "write both in one family",
    });
  }
  return { dst, gateway };
}

function readDestination(text: string, field: string): Cidr {
  const refuse = (reason: string, remedy: string): AppError =>
    refusal("RouteInvalid", { field, value: text, reason, remedy });
  const found = parseDestination(text);
  // A second default route beside the first CNI's would be refused by the kernel, or take the pod's traffic from it.
  if (found === "default") {
    const remedy = 'set "defaultGateway": "true" on the interface instead, and "gwipaddress" for another gateway';
    throw refuse("is the default route, which is not set by a list of routes", remedy);
  }
  if (found === undefined) throw refuse("is not an address or prefix", 'write one such as "172.16.29.0/24"');
  const { cidr, address } = found;
  if (equalIp(address, cidr.first)) return cidr;
  throw refuse("has bits set behind its mask", `write ${printCidr(cidr)} or ${printIp(address)}`);
}
