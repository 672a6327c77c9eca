import { workloadController } from "#src/pods/workload/pod-template.ts";
import { readReplicaRange } from "#src/api/pod/replica-range.ts";
import { isJsonObject } from "#src/api/text/json-value.ts";
import type { OrdinalSource } from "#src/pods/demand/ordinal-addresses.ts";
import type { Manifest } from "./manifest-files.ts";

/** Finds the StatefulSets among the manifests. */
export function offlineOrdinals(manifests: readonly Manifest[], defaultNamespace: string): OrdinalSource {
  const sets = manifests.filter(({ kind }) => kind === "StatefulSet");
  return ({ namespace, name }) => {
    const found = sets.find(({ object: { metadata } }) => {
      const own = isJsonObject(metadata) ? metadata : {};
      return own["name"] === name && (own["namespace"] ?? defaultNamespace) === namespace;
    });
    const uid = found && workloadController(found.kind, found.object)?.uid;
    return Promise.resolve(uid === undefined ? undefined : { uid, start: readReplicaRange(found?.object).start });
  };
}
