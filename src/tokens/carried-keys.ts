import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { tokenKeyId } from "./token.ts";
import type { PodApi } from "#src/kube/pods.ts";

const { allocation, token } = annotationKeys;

/** Lists the pods that hold an allocation, as `namespace/name`, by the kid of their token. It is a live read. */
export async function podsByTokenKey(
  pods: Pick<PodApi, "listByLabel">,
  options: CallOptions,
): Promise<Map<string, string[]>> {
  const found = await pods.listByLabel(
    { labelSelector: allocation.key },
    ({ metadata }) => ({
      kid: tokenKeyId(metadata.annotations?.[token.key] ?? ""),
      pod: `${metadata.namespace ?? ""}/${metadata.name}`,
    }),
    options,
  );
  const byKey = new Map<string, string[]>();
  for (const { kid, pod } of found) {
    if (kid === undefined) continue;
    const pods = byKey.get(kid);
    if (pods === undefined) byKey.set(kid, [pod]);
    else pods.push(pod);
  }
  return byKey;
}
