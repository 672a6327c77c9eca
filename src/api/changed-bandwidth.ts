// The annotation by which somebody changes limits of bandwidth of a pod that exists. The signed result stays as it is: it says which
// directions are limited, and the annotation how much they may carry from now on.
import { closestWord } from "#src/core/closest-word.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
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

/**
 * Reads the annotation of a pod with these interfaces: the changed limits by the name of the interface. Throws `Malformed` when it is no
 * object. `onWrong` is told of each fault in it, also of an interface that the pod does not have, and of a direction that was made
 * without a limit; what is wrong is left out.
 */
function readChanged(
  annotation: string,
  interfaces: readonly InterfaceResult[],
  warnings: string[],
  onWrong: (error: AppError<RefusalCode>) => void,
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
  const changed = new Map<string, Bandwidth>();
  for (const [name, limits] of Object.entries(value)) {
    const field = keyOf(root, name);
    try {
      const found = interfaces.find((one) => one.interface === name);
      if (found === undefined) throw unknownInterface(field, name, interfaces);
      const { ingress, egress } = parseBandwidth(limits ?? null, field, warnings) ?? {};
      const isLimited = (direction: keyof Bandwidth, limit: unknown): boolean => {
        if (limit === undefined || found.bandwidth?.[direction] !== undefined) return limit !== undefined;
        onWrong(unlimited(keyOf(field, direction), direction));
        return false;
      };
      changed.set(name, {
        ...(isLimited("ingress", ingress) ? { ingress } : {}),
        ...(isLimited("egress", egress) ? { egress } : {}),
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      onWrong(error);
    }
  }
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
  const refusals = new Refusals();
  readChanged(annotation, parseResult(stored), warnings, (error) => {
    refusals.add(error);
  });
  refusals.throwAll();
  return warnings;
}

/**
 * The interfaces with the limits that hold now. A fault in the annotation changes nothing, and the rest of it holds: an interface may have
 * been unplugged after the annotation was written, or the annotation came past the webhook. `onWrong` is told of each fault.
 */
export function withChangedBandwidth(
  interfaces: readonly InterfaceResult[],
  annotations: Readonly<Record<string, string>>,
  onWrong: (error: AppError) => void = () => {},
): readonly InterfaceResult[] {
  const annotation = annotations[root];
  if (annotation === undefined) return interfaces;
  try {
    const changed = readChanged(annotation, interfaces, [], onWrong);
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
