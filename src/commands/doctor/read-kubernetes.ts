import type { CallOptions } from "#src/core/deadline.ts";
import type { Facts } from "./facts.ts";
import { readOutside } from "./outside/read-outside.ts";
import { read } from "./read.ts";
import { type ClusterFacts, type ClusterPlace, readCluster } from "./read-cluster.ts";
import { readVersions, type VersionFacts } from "./read-versions.ts";
import { beginSharedReads } from "./shared-reads.ts";
import { readStuck, type StuckReads } from "./stuck/read-stuck.ts";

/**
 * Reads all facts that come through the API server at once, each by itself. `nowMs` is our time, which counts where the API
 * server does not tell its own.
 */
export async function readKubernetes(
  place: ClusterPlace,
  nowMs: number,
  call: CallOptions,
): Promise<ClusterFacts & StuckReads & VersionFacts & Pick<Facts, "outside">> {
  const { client } = place;
  const shared = beginSharedReads(place, call);
  const [cluster, stuck, versions, outside] = await Promise.all([
    readCluster(place, shared, call),
    shared.apiServer.then((server) => readStuck(client, "value" in server ? server.value.nowMs : nowMs, call)),
    readVersions(client, shared, call),
    read(() => readOutside(client, call)),
  ]);
  return { ...cluster, ...stuck, ...versions, outside };
}
