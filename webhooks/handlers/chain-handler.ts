import { parseChain } from "#src/api/chain/chain-config.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed, denied } from "../admission/response.ts";
import { isGoing } from "./going-object.ts";

/**
 * Handles the validating entry for NetworkChainings: it refuses what is wrong by itself. Other objects may come later, so that
 * whatever depends on them is a condition.
 */
export function createChainHandler(): AdmissionHandler {
  return async ({ object, operation }) => {
    const isChange = operation === "CREATE" || operation === "UPDATE";
    if (!isChange || object === undefined || isGoing(object["metadata"])) return Promise.resolve(allowed());
    try {
      return allowed({ warnings: parseChain(object).unused });
    } catch (error) {
      if (isRefusal(error)) return denied(error);
      throw error;
    }
  };
}
