// Removes an installation from a cluster: finalizers, labels, rows of NB, and objects of Kubernetes.
import { removeFenceKey } from "#src/controllers/allocations/fence-keys.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { RowWriter } from "#src/controllers/topology/row-writer.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, hasCode } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { readRemains } from "#src/ovn/rows/cluster-remains.ts";
import { deletePorts } from "#src/ovn/ports/port-operations.ts";
import { backgroundLogger } from "../background-logger.ts";
import { openCluster } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { nbWriterOptions, refuseUnnamed } from "../nb-options.ts";
import { systemNamespace } from "../system-namespace.ts";
import {
  awaitNodesCleared,
  endTaps,
  listDeleted,
  listLabelledPods,
  releaseChains,
  removePodMarks,
  removeClaimMarks,
  removeServiceMarks,
  removeNetworks,
  type RemovalParts,
  removeProcesses,
} from "./uninstall-cluster.ts";

const portsAtOnce = 500;

/**
 * Removes what an installation has made outside of its own namespace: registrations, webhook and controller, marks on
 * pods, FloatingIPs, Networks, ProviderNetworks, Uplinks, rows in NB. In this order nothing is made again, and a run that stopped half-way can be repeated.
 */
export const uninstall: CommandRun<"uninstall"> = async (context) => {
  const { config, clock, logger, signal, stdout } = context;
  refuseUnnamed(config);
  const call = { signal, deadlineMs: clock.monotonicMs() + config.uninstallTimeoutMs };
  await using owned = new AsyncDisposableStack();
  const cluster = await openCluster(context, "ovn4nfv-uninstall", createMetrics(), call);
  if (cluster === undefined) throw new AppError("ConfigInvalid", "--kubeconfig none: uninstall needs a cluster");
  const { client, uid } = cluster;
  owned.defer(() => {
    client.close();
  });
  const running = new AbortController();
  const nb = new NbFeed({ ...nbWriterOptions(config), clock, logger: backgroundLogger(logger) });
  owned.defer(async () => {
    running.abort();
    await nb.close();
  });
  nb.start(running.signal);
  await nb.waitForSession(call);
  const say = (line: string): void => {
    stdout.write(`${line}\n`);
  };
  const parts: RemovalParts = { client, clock, say, call };
  const holders = await listLabelledPods(parts);
  for (const { namespace, name } of holders) say(`Pod ${namespace}/${name} holds addresses`);
  if (!config.confirmed) {
    const { ports, scopes } = readRemains(nb, uid);
    say(
      `NB has ${ports.length.toString()} ports of pods, and rows of ${scopes.length.toString()} networks or the topology`,
    );
    for (const name of await listDeleted(parts)) say(`${name} would be deleted`);
    say(
      "nothing was changed: --yes removes registrations, webhook, cainjector, controller, these rows, and all FloatingIPs, Networks, " +
        "ProviderNetworks and Uplinks",
    );
    return "ok";
  }
  if (holders.length > 0 && !config.force) {
    say("nothing was changed: delete these pods first, while agents are there to take their interfaces away;");
    say("or give --force: then their addresses are free at once, and their interfaces are dead");
    return "refused";
  }
  await removeProcesses(await systemNamespace(config, context), parts);
  await removePodMarks(await listLabelledPods(parts), parts);
  await endTaps(parts);
  await releaseChains(parts);
  await removeClaimMarks(parts);
  await removeServiceMarks(parts);
  await removeNetworks(parts);
  const isWhole = await removeRows(nb, uid, say, call);
  await awaitNodesCleared(parts);
  return isWhole ? "ok" : "disagrees";
};

/** Removes our rows from NB. Gives false when rows stay because somebody else has ports on a switch of ours. */
async function removeRows(nb: NbFeed, cluster: string, say: (line: string) => void, call: CallOptions) {
  const writer = new RowWriter(nb, cluster);
  const { ports, scopes, fenceKeys, groupRemoval } = readRemains(nb, cluster);
  for (let from = 0; from < ports.length; from += portsAtOnce) {
    await writer.write(deletePorts(ports.slice(from, from + portsAtOnce)), call);
  }
  say(`${ports.length.toString()} ports of pods removed from NB`);
  await writer.write(groupRemoval, call);
  const kept: string[] = [];
  for (const scope of scopes) {
    try {
      writer.changed();
      await writer.bring(scope, [], [], call);
    } catch (caught) {
      if (!hasCode(caught, "RowsChanged")) throw caught;
      kept.push(scope);
    }
  }
  say(`the rows of ${(scopes.length - kept.length).toString()} networks or the topology removed from NB`);
  if (kept.length > 0) say(`rows of ${kept.join(", ")} stay: ports of somebody else are on their switches`);
  const drops = fenceKeys.map(([key, value]) => removeFenceKey(key, value));
  await writer.write(drops, call);
  return kept.length === 0;
}
