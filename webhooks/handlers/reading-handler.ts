import { isRefusal } from "#src/core/errors.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed, denied } from "../admission/response.ts";
import { isGoing } from "./going-object.ts";

/**
 * Handles the validating entry for a kind whose objects are refused only for faults of their own. Other objects may come later, and
 * what depends on them is told in the conditions of the object. `read` throws the refusal, or gives warnings.
 */
export function createReadingHandler(read: (object: object) => readonly string[]): AdmissionHandler {
  return async ({ object, operation }) => {
    const isChange = operation === "CREATE" || operation === "UPDATE";
    if (!isChange || object === undefined || isGoing(object["metadata"])) return Promise.resolve(allowed());
    try {
      return allowed({ warnings: read(object) });
    } catch (error) {
      if (isRefusal(error)) return denied(error);
      throw error;
    }
  };
}
