import { isDeepStrictEqual } from "node:util";
import type { InformerHandler } from "./informer.ts";

/**
 * A handler that calls `look` for each object that came or went, or of which something changed that the informer keeps. Usage in a
 * status, heartbeats, probes and labels change again and again, and nobody needs to look because of them.
 */
export function changedHandler(look: () => void): InformerHandler<unknown> {
  return {
    added: look,
    updated: (old, now) => {
      if (!isDeepStrictEqual(old, now)) look();
    },
    deleted: look,
  };
}
