import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { controllerPort, controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { projectPod } from "#src/kube/informer/pod-informer.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { portAddresses } from "#src/ovn/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { type Cluster, openCluster } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions } from "../nb-options.ts";
import { type Column, printRows } from "../output.ts";
import { type ListedPort, type PodAllocation, podAllocations } from "./pod-allocations.ts";

const columns: readonly Column<PodAllocation>[] = [
  { title: "namespace", value: ({ namespace }) => namespace || "-" },
  { title: "pod", value: ({ pod }) => pod },
  { title: "node", value: ({ node }) => node ?? "-" },
  { title: "state", value: ({ state }) => state },
  { title: "interfaces", value: ({ interfaces }) => interfaces.map(printInterface).join(" ") || "-" },
];

/** Prints the pods with an allocation: those that are named, of the namespace that is named, or of all. */
export const pods: CommandRun<"pods"> = async (context) => {
  const { config, operands, clock, logger, signal, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using owned = new AsyncDisposableStack();
  const cluster = await openCluster(context, "ovn4nfv-pods", createMetrics(), call);
  owned.defer(() => {
    cluster?.client.close();
  });
  const nb = owned.use(await NbReading.open({ nb: nbOptions(config), clock, logger, tables: controllerTables }, call));
  const before = new Set(portsOf(nb, cluster?.uid).map(({ owner }) => owner.allocation));
  const stored = cluster && (await storedPods(cluster, context, call));
  // Pods that came while the others were listed are left out completely. Otherwise they would look like ports without a
  // pod.
  const seen = new Set(stored?.map(({ metadata }) => metadata.labels[annotationKeys.allocation.key]));
  const ports = portsOf(nb, cluster?.uid).filter(({ owner: { allocation: id } }) => before.has(id) || seen.has(id));
  const lines = podAllocations(ports, stored);
  const { namespace } = config;
  const shown = lines.filter(
    (line) =>
      (namespace === undefined || line.namespace === namespace) &&
      (operands.length === 0 || operands.includes(line.pod)),
  );
  stdout.write(printRows(config.output, shown, columns));
  return "ok";
};

/**
 * Reads all pods, page by page, and keeps the parts that are used: released pods have no label that could select them.
 */
async function storedPods({ client }: Cluster, { config }: CommandContext<"pods">, call: CallOptions) {
  const api = new ResourceApi(client, resources.pods);
  let found: PodMetadata[] = [];
  for await (const page of api.pages({ namespace: config.namespace }, call)) {
    if (page.restarted) found = [];
    for (const pod of page.items) found.push(projectPod(pod));
  }
  return found;
}

/** The ports of this cluster's pods, or of all clusters when the cluster is not known. */
function portsOf(nb: NbReading, cluster: string | undefined): readonly ListedPort[] {
  return [...nb.rows(controllerPort)].flatMap(([uuid, row]): ListedPort[] => {
    const owner = portOwner(row.external_ids);
    const isOther = cluster !== undefined && row.external_ids.get(externalId("cluster")) !== cluster;
    if (owner === undefined || isOther) return [];
    const switches = nb.index.switchesOf(uuid);
    const network = switches.length === 0 ? undefined : switches.map((state) => state.network.name).join(" and ");
    const name = row.external_ids.get(externalId("interface")) ?? "?";
    return [{ name: row.name, owner, interface: name, network, addresses: portAddresses(row).ips.map(printIp) }];
  });
}

/** Prints an interface as `net1=blue:10.10.0.184`, and further addresses behind commas. */
function printInterface({ interface: name, network, addresses }: PodAllocation["interfaces"][number]): string {
  return `${name}=${network}${addresses.length === 0 ? "" : `:${addresses.join(",")}`}`;
}
