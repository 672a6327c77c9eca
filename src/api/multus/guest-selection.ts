// Selections for guests: `dhcp` in their `cni-args`, or in the configuration of their definition.
import { refusal } from "#src/core/errors.ts";
import { annotationKeys } from "../annotation-keys.ts";
import type { InterfaceRequest } from "../request/interface-request.ts";
import { keyOf } from "../text/field-place.ts";
import { interfacesOfCall, type MultusCall } from "./multus-calls.ts";
import { definitionKey, type MultusSelection } from "./multus-selection.ts";

/** Reads `dhcp` of `cni-args`; undefined when it is not there. Throws `SelectionInvalid` for what is neither true nor false. */
export function readGuestMark({ field, dhcp }: MultusSelection): boolean | undefined {
  if (dhcp === undefined) return undefined;
  if (dhcp === true || dhcp === "true") return true;
  if (dhcp === false || dhcp === "false") return false;
  throw refusal("SelectionInvalid", {
    field: keyOf(field, "cni-args.dhcp"),
    value: dhcp,
    reason: "is neither true nor false",
    remedy: 'write "cni-args": {"dhcp": true}, or leave dhcp out',
  });
}

/** Throws `SelectionInvalid` for a selection of a guest that asks for the default route: the pod has no address there. */
export function refuseRouteOfGuest({ field, defaultRoute }: MultusSelection): void {
  const [gateway] = defaultRoute;
  if (gateway === undefined) return;
  throw refusal("SelectionInvalid", {
    field: keyOf(field, "default-route"),
    value: gateway,
    reason: "is asked for beside dhcp, and such an interface carries no address in the pod",
    remedy: "leave default-route out: a guest is told the gateway of the network by DHCP",
  });
}

/** Throws `SelectionInvalid` for a definition for guests when the request beside it has an interface there that is none. */
export function refuseGuestsBesideRequest(calls: readonly MultusCall[], interfaces: readonly InterfaceRequest[]): void {
  const named = interfaces.map((one) => ({ ...one, interface: one.interfaceName ?? "" }));
  for (const call of calls) {
    const other =
      call.dhcp === true ? interfacesOfCall(named, call).find(({ isGuest }) => isGuest !== true) : undefined;
    if (other === undefined) continue;
    throw refusal("SelectionInvalid", {
      field: call.selection.field,
      value: definitionKey(call.selection),
      reason: `is a definition for guests, and ${other.field} is no interface of a guest`,
      remedy: `write "dhcp": true there in ${annotationKeys.request.key}, or select another definition`,
    });
  }
}
