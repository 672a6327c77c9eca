// The request annotation of a pod: reading it, and refusing what is wrong in it by field, value, reason and remedy.
import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { annotationKeys } from "../annotation-keys.ts";
import { refuseSharedClaims } from "./claim-reference.ts";
import { refuseRepeatedRoutes, refuseSecondDefaultGateway, refuseSharedAddresses } from "./exclusive-settings.ts";
import { addEarlyRoutes } from "./early-routes.ts";
import { elementOf } from "../text/field-place.ts";
import { refuseTakenNames } from "./interface-names.ts";
import { type InterfaceRequest, parseInterface } from "./interface-request.ts";
import { isList, readJson } from "../text/json-text.ts";
import type { JsonValue } from "../text/json-value.ts";
import { fieldHelp, json, objectFields, text } from "../text/object-fields.ts";

/** The interfaces that a pod asks for in our own annotations. */
export interface PodRequest {
  readonly interfaces: readonly InterfaceRequest[];
  /** True when the pod is to be Ready only while its interfaces are. */
  readonly networksReady: boolean;
}

export interface ParsedRequest {
  /** Undefined when the pod asks for nothing. */
  readonly request: PodRequest | undefined;
  /** Warnings for the user. Each has at most 120 characters. */
  readonly warnings: readonly string[];
}

type Annotations = Readonly<Record<string, string>>;

/** No pod has more interfaces of ours, whether it was created with them or got them later. */
export const maxInterfaces = 32;
const maxWarnings = 16;

/**
 * Reads the request out of a pod's annotations: `nfn-network`, or `ovnNetwork` in its place, and `ovnNetworkRoutes`
 * beside either. Throws `Malformed`, `InterfaceInvalid` or `RouteInvalid` with all faults at once; it cannot
 * know whether networks and addresses exist.
 */
export function parseRequest(annotations: Annotations): ParsedRequest {
  const { request, earlyRequest, earlyRoutes } = annotationKeys;
  const later = valueOf(annotations, request.key);
  const early = valueOf(annotations, earlyRequest.key);
  const routes = valueOf(annotations, earlyRoutes.key);
  const warnings: string[] = [];
  if (later !== undefined && early !== undefined) {
    throw refusal("Malformed", {
      field: earlyRequest.key,
      value: early,
      reason: `stands beside ${request.key}, and a pod has one request`,
      remedy: "remove one of the two annotations",
    });
  }
  const refusals = new Refusals();
  let interfaces: readonly InterfaceRequest[];
  let networksReady = false;
  if (later !== undefined) ({ interfaces, networksReady } = parseFrame(later, warnings, refusals));
  else if (early !== undefined)
    interfaces = parseElements(readJson(early, earlyRequest.key), earlyRequest.key, warnings, refusals);
  else {
    if (routes !== undefined)
      warnings.push(`${earlyRoutes.key} has no effect without ${request.key} or ${earlyRequest.key}`);
    return { request: undefined, warnings };
  }
  // An interface with a fault is missing here, so that its name would not be found.
  if (routes !== undefined && refusals.isEmpty) {
    interfaces = refusals.try(() => addEarlyRoutes(routes, interfaces, warnings)) ?? interfaces;
  }
  for (const refuse of [
    refuseTakenNames,
    refuseRepeatedRoutes,
    refuseSharedAddresses,
    refuseSharedClaims,
    refuseSecondGateway,
  ]) {
    refusals.try(() => {
      refuse(interfaces);
    });
  }
  refusals.throwAll();
  return { request: { interfaces, networksReady }, warnings: bounded(warnings) };
}

function refuseSecondGateway(interfaces: readonly InterfaceRequest[]): void {
  refuseSecondDefaultGateway(
    interfaces.map(({ field, defaultGateway, addresses, gateways }) => ({
      field,
      defaultGateway,
      families: [...addresses.map(({ ip }) => ip.family), ...gateways.map(({ family }) => family)],
    })),
  );
}

/** Reads own keys only, so that an annotation called `__proto__` means nothing. */
function valueOf(annotations: Annotations, key: string): string | undefined {
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined;
}

export const frameSchema = z.object({
  type: text().pipe(z.literal("ovn4nfv")).register(fieldHelp, {
    kind: 'the type "ovn4nfv"',
    remedy: 'write "type": "ovn4nfv"',
    meaning: "Always `ovn4nfv`.",
  }),
  interface: json().register(fieldHelp, {
    kind: "a list of interfaces",
    remedy: 'write a list such as "interface": [{"name": "blue"}]',
    meaning: "The interfaces, 1 to 32.",
  }),
  networksReady: text()
    .pipe(z.enum(["true", "false"]))
    .optional()
    .register(fieldHelp, {
      kind: "true or false",
      remedy: 'write "networksReady": true or leave it out',
      meaning:
        "`true` when the pod is to be Ready only while OVN says that each interface is up. It gets the readiness gate `k8s.plugin.opnfv.org/networks-ready`. Default: `false`.",
    }),
});

/** Reads the form `{"type": "ovn4nfv", "interface": [...]}`. */
function parseFrame(annotation: string, warnings: string[], refusals: Refusals): PodRequest {
  const root = annotationKeys.request.key;
  const { fields, fieldOf } = objectFields(frameSchema, readJson(annotation, root), root, warnings);
  const interfaces = parseElements(fields.interface, fieldOf("interface"), warnings, refusals);
  return { interfaces, networksReady: fields.networksReady === "true" };
}

/** Gives the interfaces that are right. The faults of the others go to `refusals`. */
function parseElements(
  value: JsonValue,
  field: string,
  warnings: string[],
  refusals: Refusals,
): readonly InterfaceRequest[] {
  const refuse = (reason: string, remedy: string) => refusal("Malformed", { field, value, reason, remedy });
  if (!isList(value)) throw refuse("is not a list of interfaces", 'write a list such as [{"name": "blue"}]');
  if (value.length === 0) throw refuse("asks for no interface", "name a network in it, or remove the annotation");
  if (value.length > maxInterfaces) {
    throw refuse(`asks for ${value.length} interfaces`, `ask for at most ${maxInterfaces}`);
  }
  return refusals.map(value, (element, index) => parseInterface(element, elementOf(field, index), warnings));
}

function bounded(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= maxWarnings) return warnings;
  const left = warnings.length - maxWarnings + 1;
  return [...warnings.slice(0, maxWarnings - 1), `and ${left} more unknown keys in the request are ignored`];
}
