// It runs beside each member of the databases. A member whose pod ends leaves the cluster only when the StatefulSet wants fewer, and the
// live StatefulSet alone can tell that from a restart.
import { rename, rm, writeFile } from "node:fs/promises";
import { createMetrics } from "#src/core/metrics.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { systemNamespace } from "../system-namespace.ts";
import { centralSet } from "./own-ovn-names.ts";

/** The members wait for ten seconds. */
const answerMs = 8_000;
const longMs = 3_600_000;

/** Waits for SIGTERM, and then writes how many members the StatefulSet wants. Writes nothing when nobody knows. */
export const ovnMembers: CommandRun<"ovn-members"> = async (context) => {
  const { config, clock, logger, signal } = context;
  const client = await openApiClient(context, "ovn4nfv-ovn-members", createMetrics());
  const target = { namespace: await systemNamespace(config, context), name: centralSet };
  try {
    await rm(config.membersFile, { force: true });
    while (!signal.aborted) await clock.sleep(longMs, signal).catch(() => {});
    const sets = new ResourceApi(client, resources.statefulSets);
    const set = await sets.find(target, { deadlineMs: clock.monotonicMs() + answerMs });
    const members = set === undefined ? undefined : wantedMembers(set);
    logger.info({ members: members ?? "unknown" }, "pod of a member ends");
    if (members === undefined) return "ok";
    const temporary = `${config.membersFile}.new`;
    await writeFile(temporary, `${members}\n`);
    await rename(temporary, config.membersFile);
  } finally {
    client.close();
  }
  return "ok";
};

/** The number of members that a StatefulSet wants; undefined when it is being deleted, because then all members keep their data. */
export function wantedMembers(set: {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec?: unknown;
}): number | undefined {
  const replicas = (set.spec as { readonly replicas?: unknown } | undefined)?.replicas;
  return set.metadata.deletionTimestamp !== undefined || typeof replicas !== "number" ? undefined : replicas;
}
