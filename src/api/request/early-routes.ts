import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { annotationKeys } from "../annotation-keys.ts";
import { elementOf } from "../text/field-place.ts";
import type { InterfaceRequest } from "./interface-request.ts";
import { readJson } from "../text/json-text.ts";
import { fieldHelp, objectFields, text } from "../text/object-fields.ts";
import { parseRoute, type Route, routeElements, routeShape } from "./route.ts";

export const earlyRouteSchema = z.object({
  ...routeShape,
  dev: text().register(fieldHelp, {
    kind: "a string",
    remedy: 'name an interface of the request, such as "dev": "net1"',
    meaning: "The interface, by the name that the request gives it. eth0 and its routes belong to the first CNI.",
  }),
});

/**
 * Adds the routes of `ovnNetworkRoutes` to the interfaces that their `dev` names. Throws `RouteInvalid` for any other
 * `dev`: eth0 and its routes belong to the first CNI, and a route that is left out silently would send traffic the
 * wrong way.
 */
export function addEarlyRoutes(
  annotation: string,
  interfaces: readonly InterfaceRequest[],
  warnings: string[],
): readonly InterfaceRequest[] {
  const root = annotationKeys.earlyRoutes.key;
  const byName = new Map(interfaces.map((entry) => [entry.interfaceName, entry]));
  const added = new Map<InterfaceRequest, Route[]>();
  for (const [index, element] of routeElements(readJson(annotation, root), root).entries()) {
    const { fields, fieldOf } = objectFields(earlyRouteSchema, element, elementOf(root, index), warnings);
    const target = byName.get(fields.dev);
    if (target === undefined) throw unknownDevice(fields.dev, fieldOf("dev"), interfaces);
    const routes = added.get(target) ?? [];
    routes.push(parseRoute(fields, fieldOf, target.addresses));
    added.set(target, routes);
  }
  return interfaces.map((entry) => ({ ...entry, routes: [...entry.routes, ...(added.get(entry) ?? [])] }));
}

function unknownDevice(device: string, field: string, interfaces: readonly InterfaceRequest[]) {
  const names = interfaces.flatMap(({ interfaceName }) => interfaceName ?? []);
  return refusal("RouteInvalid", {
    field,
    value: device,
    reason:
      device === "eth0"
        ? "is the first CNI's interface, whose routes are not ours to set"
        : "is not the name of an interface in the request",
    remedy:
      names.length === 0
        ? 'give the interface a name in the request ("interface": "net1") and write that'
        : `write one of ${names.join(", ")}`,
  });
}
