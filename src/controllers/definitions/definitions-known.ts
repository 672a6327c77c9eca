import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { Informer } from "#src/kube/informer/informer.ts";
import { whenKindKnown } from "#src/kube/informer/kind-known.ts";

/**
 * Waits until the definitions of Multus were read. Without Multus there are none, and only names of networks count. Throws when
 * nobody can say, since a name that is not understood would take the rows of its object away.
 */
export function whenDefinitionsKnown(
  definitions: Pick<Informer<unknown>, "hasSynced" | "whenSynced">,
  client: ApiClient,
  options: CallOptions,
): Promise<void> {
  return whenKindKnown(definitions, client, resources.networkAttachmentDefinitions, options);
}
