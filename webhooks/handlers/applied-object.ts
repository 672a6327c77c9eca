import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { isGoing } from "./going-object.ts";

type Request = Parameters<AdmissionHandler>[0];

/**
 * The object that is created or changed; undefined where there is nothing to judge. One that is being deleted may be wrong in
 * any way: its finalizers must still be removable. A change that leaves the spec as it is is let go as well: two replicas may have
 * let two objects pass that clash, and then our controller must still be able to set its finalizer and to tell of it.
 */
export function appliedObject({ operation, object, oldObject }: Request): JsonObject | undefined {
  const isChange = operation === "CREATE" || operation === "UPDATE";
  if (!isChange || object === undefined || isGoing(object["metadata"])) return undefined;
  const isSame =
    operation === "UPDATE" && oldObject !== undefined && isDeepStrictEqual(object["spec"], oldObject["spec"]);
  return isSame ? undefined : object;
}
