// Reads the Multus annotation (multi-net-spec v1.3, section 4) as Multus 4.2 does, and adds an element without changing
// a byte.
import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { annotationKeys } from "../annotation-keys.ts";
import type { OwnDefinitions } from "./attachment-definition.ts";
import type { SelectedBandwidth } from "../request/bandwidth.ts";
import { replicaShape } from "../request/replica-settings.ts";
import { elementOf, keyOf } from "../text/field-place.ts";
import { isList, readJson } from "../text/json-text.ts";
import type { JsonObject, JsonValue } from "../text/json-value.ts";

/** One network attachment that a pod selects. */
export interface MultusSelection {
  readonly namespace: string;
  readonly name: string;
  /** Undefined when none was asked for. */
  readonly interfaceName: string | undefined;
  /** The name that Multus gives the interface. The plugin gets it as CNI_IFNAME. */
  readonly callName: string;
  /** Place of this element for messages. */
  readonly field: string;
  /** Further settings of the JSON form, as they are written. */
  readonly ips: readonly string[];
  readonly mac: string | undefined;
  readonly defaultRoute: readonly string[];
  readonly bandwidth?: SelectedBandwidth | undefined;
  /** `dhcp` of `cni-args`, as it is written; undefined when it is not there. */
  readonly dhcp?: unknown;
  /** `pool` of `cni-args`, as it is written; undefined when it is not there. */
  readonly pool?: unknown;
  /** The settings for replicas in `cni-args`, as they are written. Undefined when there are none. */
  readonly replica?: JsonObject | undefined;
  /** `ipam-claim-reference`. */
  readonly claim?: string | undefined;
  /** Keys of the element that are not read here, with their values. */
  readonly unread: readonly UnreadSetting[];
}

export interface UnreadSetting {
  readonly key: string;
  readonly value: unknown;
}

const key = annotationKeys.multusNetworks.key;

/** Multus takes the annotation for JSON when it has one of these characters. */
const jsonMark = /[[{"]/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** No pod has as many interfaces. Each selection may cost a read of its definition. */
const maxSelections = 64;

/**
 * Reads either form; an empty annotation selects nothing. Throws `Malformed` where Multus would fail the pod, and
 * `SelectionInvalid` for more than 64 selections.
 */
export function parseSelections(annotation: string, podNamespace: string): readonly MultusSelection[] {
  if (annotation === "") return [];
  if (jsonMark.test(annotation)) return parseList(annotation, podNamespace);
  const items = annotation.split(",");
  refuseMany(items.length);
  return items.map((item, index) => parseItem(item.trim(), index, podNamespace));
}

function refuseMany(count: number): void {
  if (count <= maxSelections) return;
  throw refusal("SelectionInvalid", {
    field: key,
    value: count,
    reason: `is the number of its selections, and a pod may have ${maxSelections.toString()}`,
    remedy: "select fewer definitions",
  });
}

/** Multus counts all elements of the list, not only those of our definitions; 0 is the cluster's own network. */
function callNameOf(interfaceName: string | undefined, index: number): string {
  return interfaceName ?? `net${index + 1}`;
}

const nothingBesides = { ips: [], mac: undefined, defaultRoute: [], unread: [] } as const;

/** Go takes these keys in any case, as it does those of the element. */
const bandwidthSelection = z.preprocess(
  (value) => camelCaseRates(value),
  z.object({
    ingressRate: z.int().nullish(),
    ingressBurst: z.int().nullish(),
    egressRate: z.int().nullish(),
    egressBurst: z.int().nullish(),
  }),
);

const elementSchema = z.object({
  name: z.string().min(1),
  namespace: z.string().nullish(),
  interface: z.string().nullish(),
  // The key before Multus 3.2, which Multus still takes.
  interfacerequest: z.string().nullish(),
  ips: z.array(z.string()).nullish(),
  mac: z.string().nullish(),
  "default-route": z.array(z.string()).nullish(),
  bandwidth: bandwidthSelection.nullish(),
  "cni-args": z.record(z.string(), z.unknown()).nullish(),
  "ipam-claim-reference": z.string().nullish(),
});

function parseList(annotation: string, podNamespace: string): readonly MultusSelection[] {
  const value = readJson(annotation, key);
  if (!isList(value)) throw malformed(key, value, "is not a list");
  refuseMany(value.length);
  return value.map((element, index) => {
    const field = elementOf(key, index);
    const result = elementSchema.safeParse(lowerCaseKeys(element));
    if (!result.success) throw malformedElement(field, element, result.error);
    const { name, namespace, interface: latterName, interfacerequest: formerName, ips, mac } = result.data;
    const interfaceName = latterName || formerName || undefined;
    return {
      namespace: namespace || podNamespace,
      name,
      interfaceName,
      callName: callNameOf(interfaceName, index),
      field,
      ips: ips ?? [],
      mac: mac || undefined,
      defaultRoute: result.data["default-route"] ?? [],
      bandwidth: result.data.bandwidth ?? undefined,
      dhcp: result.data["cni-args"]?.["dhcp"] ?? undefined,
      pool: result.data["cni-args"]?.["pool"] ?? undefined,
      ...replicaArgs(result.data["cni-args"]),
      ...(result.data["ipam-claim-reference"] ? { claim: result.data["ipam-claim-reference"] } : {}),
      unread: unreadSettings(element),
    };
  });
}

/** `cni-args` are from a text in JSON. */
function replicaArgs(args: Readonly<Record<string, unknown>> | null | undefined) {
  const given = Object.entries(args ?? {}).filter(([name]) => Object.hasOwn(replicaShape, name));
  return given.length === 0 ? {} : { replica: Object.fromEntries(given) as JsonObject };
}

function unreadSettings(element: JsonValue): readonly UnreadSetting[] {
  if (element === null || typeof element !== "object" || isList(element)) return [];
  return Object.entries(element)
    .filter(([name, value]) => value !== null && !Object.hasOwn(elementSchema.shape, name.toLowerCase()))
    .map(([name, value]) => ({ key: name, value }));
}

/** Go's JSON decoder, which Multus uses, takes a key in any case. */
function lowerCaseKeys(element: JsonValue): unknown {
  if (element === null || typeof element !== "object" || isList(element)) return element;
  return Object.fromEntries(Object.entries(element).map(([name, value]) => [name.toLowerCase(), value]));
}

const rateKeys = ["ingressRate", "ingressBurst", "egressRate", "egressBurst"];

function camelCaseRates(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  const known = (name: string): string => rateKeys.find((rate) => rate.toLowerCase() === name.toLowerCase()) ?? name;
  return Object.fromEntries(Object.entries(value).map(([name, rate]) => [known(name), rate]));
}

/** Reads `name`, `namespace/name`, `name@interface` or `namespace/name@interface`. */
function parseItem(item: string, index: number, podNamespace: string): MultusSelection {
  const field = elementOf(key, index);
  const [path = "", interfaceName, ...moreAt] = item.split("@").map((part) => part.trim());
  const parts = path.split("/").map((part) => part.trim());
  const name = parts.at(-1) ?? "";
  const namespace = parts.length === 2 ? (parts[0] ?? "") : "";
  const wellFormed =
    moreAt.length === 0 && parts.length <= 2 && label.test(name) && (namespace === "" || label.test(namespace));
  if (!wellFormed) throw malformed(field, item, "does not name a network attachment");
  return {
    namespace: namespace || podNamespace,
    name,
    interfaceName: interfaceName || undefined,
    callName: callNameOf(interfaceName || undefined, index),
    field,
    ...nothingBesides,
  };
}

function malformedElement(field: string, element: JsonValue, error: z.ZodError) {
  const wrong = String(error.issues[0]?.path[0] ?? "name");
  if (wrong === "name") return malformed(field, element, "does not name a network attachment");
  return malformed(keyOf(field, wrong), element, "is not of the kind that Multus reads there");
}

function malformed(field: string, value: unknown, reason: string) {
  return refusal("Malformed", {
    field,
    value,
    reason,
    remedy: 'write "namespace/name@interface", with commas between, or [{"name": "...", "namespace": "..."}]',
  });
}

/** The element that the webhook adds for all interfaces of the pod. */
export interface OwnSelection {
  readonly namespace: string;
  readonly name: string;
  readonly interfaceName: string;
}

/** The annotation with our element behind those of the user, in the user's form; theirs stay as they are written. */
export function appendSelection(annotation: string | undefined, own: OwnSelection): string {
  const { namespace, name, interfaceName } = own;
  const element = JSON.stringify({ name, namespace, interface: interfaceName });
  if (annotation === undefined || annotation === "") return `[${element}]`;
  if (!jsonMark.test(annotation)) return `${annotation},${namespace}/${name}@${interfaceName}`;
  const list = readJson(annotation, key);
  if (!isList(list)) throw malformed(key, list, "is not a list");
  const end = annotation.lastIndexOf("]");
  return `${annotation.slice(0, end)}${list.length === 0 ? "" : ","}${element}${annotation.slice(end)}`;
}

/** A NetworkAttachmentDefinition as a key of a set. */
export function definitionKey(definition: { readonly namespace: string; readonly name: string }): string {
  return `${definition.namespace}/${definition.name}`;
}

/** True when the selection selects one of `ours`. */
export function isOwnSelection(selection: MultusSelection, ours: OwnDefinitions): boolean {
  return ours.has(definitionKey(selection));
}

/**
 * The names that Multus gives to the interfaces of selections that are not ours. Our selections give no
 * name: their interfaces keep the names of the request, whatever CNI_IFNAME is.
 */
export function foreignInterfaceNames(
  selections: readonly MultusSelection[],
  ours: OwnDefinitions,
): ReadonlySet<string> {
  return new Set(selections.filter((one) => !isOwnSelection(one, ours)).map(({ callName }) => callName));
}
