import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { controllerPort, controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { projectPod } from "#src/kube/informer/pod-informer.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { Cluster } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { ExitName } from "../exit-codes.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions, refuseUnnamed } from "../nb-options.ts";
import { type Listing, writeListing } from "../output/print-rows.ts";
import type { Tone } from "../output/text-style.ts";
import type { Column } from "../output/text-table.ts";
import { hintAtNames, hintAtNamespace } from "./misspelt.ts";
import { type ListedPort, type PodAllocation, podAllocations, type PodState } from "./pod-allocations.ts";
import { isWanted, nameOf, type Named } from "./select-named.ts";
import { followObjects, keepCluster } from "./watch/followed-objects.ts";
import { Bell, ringing, watchRows } from "./watch/watch-rows.ts";

const columns: readonly Column<PodAllocation>[] = [
  { title: "namespace", value: ({ namespace }) => namespace || "-" },
  { title: "pod", value: ({ pod }) => pod },
  { title: "node", value: ({ node }) => node ?? "-" },
  { title: "state", value: ({ state }) => state, tone: ({ state }) => tones[state] },
  { title: "interfaces", value: ({ interfaces }) => interfaces.map(printInterface).join(" ") || "-" },
  { title: "allocation", room: "wide", value: ({ allocation }) => allocation ?? "-" },
];

const tones: Readonly<Record<PodState, Tone>> = {
  bound: "good",
  reserved: "warning",
  differs: "bad",
  missing: "bad",
  orphan: "bad",
  released: "quiet",
};

/** A pod that the API server has not named yet cannot be asked for. */
const list: Listing<PodAllocation, PodAllocation> = {
  linesOf: (row) => [row],
  columns,
  nameOf: (row) => (row.pod === "*" ? undefined : nameOf(asNamed(row))),
};

const asNamed = ({ namespace, pod: name }: PodAllocation): Named => ({ namespace, name });

/** Prints the pods with an allocation: those that are named, of the namespace that is named, or of all. */
export const pods: CommandRun<"pods"> = async (context) => {
  const { config, operands, clock, logger, signal } = context;
  refuseUnnamed(config, "pods");
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using owned = new AsyncDisposableStack();
  const cluster = await keepCluster(context, "ovn4nfv-pods", owned, call);
  const bell = new Bell();
  const following = config.watch ? ringing(context, bell) : {};
  const nb = owned.use(
    await NbReading.open({ nb: nbOptions(config), clock, logger, tables: controllerTables, ...following }, call),
  );
  if (config.watch) return await watch(context, nb, cluster, bell, call);
  const before = new Set(portsOf(nb, cluster?.uid).map(({ owner }) => owner.allocation));
  const stored = cluster && (await storedPods(cluster, context, call));
  // Pods that came while the others were listed are left out completely. Otherwise they would look like ports without a
  // pod.
  const seen = new Set(stored?.map(({ metadata }) => metadata.labels[annotationKeys.allocation.key]));
  const ports = portsOf(nb, cluster?.uid).filter(({ owner: { allocation: id } }) => before.has(id) || seen.has(id));
  const lines = podAllocations(ports, stored).filter(inNamespace(config.namespace));
  if (lines.length === 0 && cluster !== undefined)
    await hintAtNamespace(context, cluster.client, config.namespace, call);
  hintAtNames(context, "pod with an allocation", operands, lines.map(asNamed));
  writeListing(
    context,
    lines.filter((line) => isWanted(operands, asNamed(line))),
    list,
  );
  return "ok";
};

async function watch(
  context: CommandContext<"pods">,
  nb: NbReading,
  cluster: Cluster | undefined,
  bell: Bell,
  call: CallOptions,
): Promise<ExitName> {
  const { operands, config } = context;
  const kind = { resource: resources.pods, project: projectPod, namespace: config.namespace };
  const stored = cluster && (await followObjects(cluster, kind, context, bell.ring, call));
  const current = () =>
    podAllocations(portsOf(nb, cluster?.uid), stored?.())
      .filter(inNamespace(config.namespace))
      .filter((line) => isWanted(operands, asNamed(line)));
  const keyOf = ({ namespace, pod, allocation = "" }: PodAllocation) => `${namespace}/${pod} ${allocation}`;
  return await watchRows(context, { listing: list, keyOf, current, bell });
}

function inNamespace(namespace: string | undefined): (line: { readonly namespace: string }) => boolean {
  return (line) => namespace === undefined || line.namespace === namespace;
}

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
