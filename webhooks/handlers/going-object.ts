import { isJsonObject } from "#src/api/text/json-value.ts";

/** An object that is being deleted may be wrong in any way: its finalizers must still be removable. */
export function isGoing(metadata: unknown): boolean {
  return isJsonObject(metadata) && typeof metadata["deletionTimestamp"] === "string";
}
