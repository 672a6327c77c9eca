// Settings of an interface that only a replica of a StatefulSet can have, in a request and in `cni-args` of a selection.
import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { printIp } from "#src/net/ip.ts";
import { elementOf } from "../text/field-place.ts";
import { isList } from "../text/json-text.ts";
import type { JsonValue } from "../text/json-value.ts";
import { fieldHelp, json, text } from "../text/object-fields.ts";
import { parseAddresses, type RequestedAddress } from "./requested-address.ts";

/** Decides what becomes of the claim of a replica that the StatefulSet no longer has. */
export type WhenScaled = "Retain" | "Delete";

/** The wish that each replica of a StatefulSet gets a claim of its own, made for it. */
export interface StickyRequest {
  /** The place in the user's words. */
  readonly field: string;
  /** The name that the claims say in `spec.network`. */
  readonly network: string;
  readonly whenScaled: WhenScaled;
}

/** The addresses of each replica: the first list is for the first ordinal of the StatefulSet. */
export interface OrdinalAddresses {
  readonly field: string;
  readonly lists: readonly (readonly RequestedAddress[])[];
}

export interface ReplicaSettings {
  readonly sticky?: StickyRequest | undefined;
  readonly ordinalAddresses?: OrdinalAddresses | undefined;
}

export const replicaShape = {
  sticky: text()
    .pipe(z.enum(["true", "false"]))
    .optional()
    .register(fieldHelp, {
      kind: '"true" or "false"',
      remedy: 'write "sticky": true or leave it out',
      meaning:
        "`true` when each replica of a StatefulSet is to keep its addresses over restarts: it gets a claim of its own, which the controller makes. Default: `false`.",
    }),
  whenScaled: text()
    .pipe(z.enum(["Retain", "Delete"]))
    .optional()
    .register(fieldHelp, {
      kind: '"Retain" or "Delete"',
      remedy: 'write "whenScaled": "Delete" beside sticky, or leave it out',
      meaning:
        "What becomes of the claim of `sticky` when the StatefulSet is scaled down and the pod is gone: it stays with `Retain`, and is deleted with `Delete`. Default: `Retain`.",
    }),
  ordinalAddresses: json().optional().register(fieldHelp, {
    kind: "a list of lists of addresses",
    remedy: 'write "ordinalAddresses": [["10.1.0.7"], ["10.1.0.8"]], or leave it out',
    meaning:
      "The addresses of each replica of a StatefulSet, as `ipAddress` has them: the first list is for the replica `spec.ordinals.start`, and so on. With `sticky` these are the first addresses of the claims.",
  }),
};

export const replicaSchema = z.object(replicaShape);

type WrittenSettings = Partial<z.output<typeof replicaSchema>>;

/** Reads the settings. `network` is what claims of the interface say in `spec.network`. Throws `Malformed` with all faults. */
export function parseReplicaSettings(
  { sticky, whenScaled, ordinalAddresses }: WrittenSettings,
  fieldOf: (key: keyof WrittenSettings) => string,
  network: string,
): ReplicaSettings {
  const refusals = new Refusals();
  if (whenScaled !== undefined && sticky !== "true") {
    refusals.add(
      refusal("Malformed", {
        field: fieldOf("whenScaled"),
        value: whenScaled,
        reason: "is about claims that are made for sticky, which is not asked for",
        remedy: 'write "sticky": true beside it, or leave it out',
      }),
    );
  }
  const field = fieldOf("ordinalAddresses");
  const lists = ordinalAddresses === undefined ? undefined : refusals.try(() => parseLists(ordinalAddresses, field));
  refusals.throwAll();
  return {
    ...(sticky === "true" ? { sticky: { field: fieldOf("sticky"), network, whenScaled: whenScaled ?? "Retain" } } : {}),
    ...(lists === undefined ? {} : { ordinalAddresses: { field, lists } }),
  };
}

function parseLists(value: JsonValue, field: string): readonly (readonly RequestedAddress[])[] {
  if (!isList(value)) throw noLists(field, value);
  const refusals = new Refusals();
  const places = new Map<string, string>();
  const lists = refusals.map(value, (element, index) => {
    const at = elementOf(field, index);
    const list = parseAddresses(textsOf(element, at), at);
    for (const { ip } of list) {
      const earlier = places.get(printIp(ip));
      if (earlier !== undefined) throw repeated(at, printIp(ip), earlier);
      places.set(printIp(ip), at);
    }
    return list;
  });
  refusals.throwAll();
  return lists;
}

/** A text of a list is an address, or several with commas between. */
function textsOf(element: JsonValue, field: string): string | readonly string[] {
  if (typeof element === "string" && element !== "") return element;
  if (!isList(element)) throw noLists(field, element);
  const texts = element.map((each) => {
    if (typeof each === "string") return each;
    throw noLists(field, element);
  });
  if (texts.length > 0) return texts;
  throw refusal("Malformed", {
    field,
    value: element,
    reason: "names no address, and the replica is to get those of its list",
    remedy: 'write its addresses, such as ["10.1.0.7"], or leave ordinalAddresses out',
  });
}

function noLists(field: string, value: JsonValue) {
  return refusal("Malformed", {
    field,
    value,
    reason: "is not a list of lists of addresses",
    remedy: 'write a list for each replica, such as [["10.1.0.7"], ["10.1.0.8"]]',
  });
}

function repeated(field: string, address: string, earlier: string) {
  return refusal("Malformed", {
    field,
    value: address,
    reason: `is an address of ${earlier} as well, and two replicas cannot have it`,
    remedy: "write each address once",
  });
}
