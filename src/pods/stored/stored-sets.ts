// Reads the StatefulSets whose replicas have addresses by their ordinals.
import { readReplicaRange } from "#src/api/pod/replica-range.ts";
import type { Clock } from "#src/core/clock.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { OrdinalSource } from "../demand/ordinal-addresses.ts";
import { NamedReader } from "./named-reader.ts";

/**
 * Reads each set live, within the limits of `NamedReader`. Nothing is kept in memory: counted from a start that is no longer true, a
 * replica would get the addresses of another one.
 */
export function liveOrdinals(client: ApiClient, clock: Clock): OrdinalSource {
  const reader = new NamedReader(
    client,
    resources.statefulSets,
    (object) => ({ uid: object.metadata.uid, start: readReplicaRange(object).start }),
    clock,
  );
  return (target, options) => reader.read(target, options);
}
