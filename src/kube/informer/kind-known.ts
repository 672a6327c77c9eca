import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "../client/api-client.ts";
import { isNotFound } from "../client/api-error.ts";
import { type Resource, resourcePath } from "../client/resources.ts";
import type { Informer } from "./informer.ts";

/**
 * Waits until the objects of a kind were read that a cluster may be without. There are none where it is so: that counts only when
 * the API server says it. Throws in any other case, and `Aborted` or `DeadlineExceeded`.
 */
export async function whenKindKnown(
  informer: Pick<Informer<unknown>, "hasSynced" | "whenSynced">,
  client: ApiClient,
  resource: Resource,
  options: CallOptions,
): Promise<void> {
  if (informer.hasSynced) return;
  try {
    await client.request({ ...options, method: "GET", path: resourcePath(resource), query: { limit: 1 } });
  } catch (caught) {
    if (isNotFound(caught)) return;
    throw caught;
  }
  await informer.whenSynced(options);
}
