// The annotation by which somebody changes limits of bandwidth of a pod that exists. The signed result stays as it is: it says which
// directions are limited, and the annotation how much they may carry from now on.
import { closestWord } from "#src/core/closest-word.ts";
import { type AppError, isRefusal, refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { annotationKeys } from "./annotation-keys.ts";
import { type Bandwidth, parseBandwidth } from "./request/bandwidth.ts";
import { type InterfaceResult, parseResult } from "./result.ts";
import { keyOf } from "./text/field-place.ts";
import { readJson } from "./text/json-text.ts";
import { isJsonObject } from "./text/json-value.ts";

const { bandwidth, result } = annotationKeys;
const root = bandwidth.key;
const directions = ["ingress", "egress"] as const;

/**
 * Reads the annotation of a pod with these interfaces: the changed limits by the name of the interface. Throws `Malformed` with
 * all its faults, also for an interface that the pod does not have, and for a direction that was made without a limit.
 */
function parseChanged(
  annotation: string,
  interfaces: readonly InterfaceResult[],
  warnings: string[],
): ReadonlyMap<string, Bandwidth> {
  const value = readJson(annotation, root);
  if (!isJsonObject(value)) {
    throw refusal("Malformed", {
      field: root,
      value: annotation,
      reason: "is not an object with interfaces",
      remedy: 'write limits by the names of interfaces, such as {"net1": {"ingress": "50M"}}',
    });
  }
  const refusals = new Refusals();
  const changed = new Map<string, Bandwidth>();
  for (const [name, limits] of Object.entries(value)) {
    const field = keyOf(root, name);
    refusals.try(() => {
      const found = interfaces.find((one) => one.interface === name);
      if (found === undefined) throw unknownInterface(field, name, interfaces);
      const read = parseBandwidth(limits ?? null, field, warnings);
      for (const direction of directions) {
        if (read?.[direction] !== undefined && found.bandwidth?.[direction] === undefined) {
          throw unlimited(keyOf(field, direction), direction);
        }
      }
      if (read !== undefined) changed.set(name, read);
    });
  }
  refusals.throwAll();
  return changed;
}

/** Checks the annotation of a pod, when it has one, and gives warnings. Throws the refusal of a pod whose annotation is wrong. */
export function checkChangedBandwidth(annotations: Readonly<Record<string, string>>): readonly string[] {
  const annotation = annotations[root];
  if (annotation === undefined) return [];
  const stored = annotations[result.key];
  if (stored === undefined) {
    throw refusal("Malformed", {
      field: root,
      value: annotation,
      reason: "changes limits of a pod that has no interface of ovn4nfv",
      remedy: 'leave it out, and ask for limits in the request: "bandwidth": {"ingress": "10M"}',
    });
  }
  const warnings: string[] = [];
  parseChanged(annotation, parseResult(stored), warnings);
  return warnings;
}

/**
 * The interfaces with the limits that hold now. An annotation that is wrong changes nothing: it was written past the webhook.
 * `onWrong` is told of it.
 */
export function withChangedBandwidth(
  interfaces: readonly InterfaceResult[],
  annotations: Readonly<Record<string, string>>,
  onWrong: (error: AppError) => void = () => {},
): readonly InterfaceResult[] {
  const annotation = annotations[root];
  if (annotation === undefined) return interfaces;
  try {
    const changed = parseChanged(annotation, interfaces, []);
    return interfaces.map((one) => {
      const limits = changed.get(one.interface);
      return limits === undefined ? one : { ...one, bandwidth: { ...one.bandwidth, ...limits } };
    });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    onWrong(error);
    return interfaces;
  }
}

function unknownInterface(field: string, name: string, interfaces: readonly InterfaceResult[]) {
  const names = interfaces.map((one) => one.interface);
  const meant = closestWord(name, names);
  return refusal("Malformed", {
    field,
    value: undefined,
    reason: "is no interface of the pod",
    remedy: meant === undefined ? `it has ${names.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`,
  });
}

function unlimited(field: string, direction: string) {
  return refusal("Malformed", {
    field,
    value: undefined,
    reason: "was created without a limit, and only a limit can be changed",
    remedy: `leave it out, or create the pod again with "bandwidth": {"${direction}": ...} in its request`,
  });
}
