import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import { resourcePath, resources } from "#src/kube/client/resources.ts";
import type { Informer } from "#src/kube/informer/informer.ts";

/**
 * Waits until the definitions of Multus were read. Without Multus there are none, and only names of networks count: that is so
 * only when the API server says it. Throws in any other case, since a name that is not understood would take the rows of its object away.
 */
export async function whenDefinitionsKnown(
  definitions: Pick<Informer<unknown>, "hasSynced" | "whenSynced">,
  client: ApiClient,
  options: CallOptions,
): Promise<void> {
  if (definitions.hasSynced) return;
  const path = resourcePath(resources.networkAttachmentDefinitions);
  try {
    await client.request({ ...options, method: "GET", path, query: { limit: 1 } });
  } catch (caught) {
    if (isNotFound(caught)) return;
    throw caught;
  }
  await definitions.whenSynced(options);
}
