import {
  type NetworkKind,
  networkKinds,
  type NetworkObject,
  projectNetwork,
} from "#src/controllers/networks/network-object.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { printCount } from "#src/net/count-text.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { ExitName } from "../exit-codes.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions, refuseUnnamed } from "../nb-options.ts";
import { listNetworks, type ReportedNetwork, withObjects } from "./network-objects.ts";
import { type NamedPoolUsage, networkUsage, type SubnetUsage } from "./network-usage.ts";
import { readQuietly } from "./quiet-cluster.ts";
import { isWanted, nameOf, selectNamed, unknownNetwork } from "./select-named.ts";
import { type Listing, writeListing } from "../output/print-rows.ts";
import { readyTone } from "../output/text-style.ts";
import type { Column } from "../output/text-table.ts";
import { followObjects, keepCluster } from "./watch/followed-objects.ts";
import { Bell, ringing, watchRows } from "./watch/watch-rows.ts";

/** A line of the table: one subnet, or one pool. A network without subnets has a line too, for its problem. */
interface Line {
  readonly network: ReportedNetwork;
  readonly subnet: SubnetUsage | undefined;
  readonly pool?: NamedPoolUsage;
}

const columns: readonly Column<Line>[] = [
  { title: "name", value: ({ network }) => network.name },
  { title: "subnet", value: ({ subnet, pool }) => subnet?.cidr ?? pool?.ranges.join(",") ?? "-" },
  { title: "gateway", room: "spare", value: ({ subnet }) => subnet?.gateway ?? "-" },
  {
    title: "capacity",
    room: "spare",
    align: "right",
    value: ({ subnet, pool }) => countOf((subnet ?? pool)?.capacity),
  },
  { title: "used", align: "right", value: ({ subnet, pool }) => countOf((subnet ?? pool)?.used) },
  { title: "free", align: "right", value: ({ subnet, pool }) => countOf((subnet ?? pool)?.free) },
  { title: "reservations", room: "spare", align: "right", value: ({ network }) => network.openReservations.toString() },
  { title: "mtu", room: "spare", align: "right", value: ({ network }) => network.mtu?.toString() ?? "-" },
  { title: "allowed", room: "spare", value: ({ network }) => network.allowedNamespaces.join(",") || "-" },
];

/** The column that is shown only when one of the networks has pools. */
const poolColumn: Column<Line> = { title: "pool", value: ({ pool }) => pool?.pool ?? "-" };

/** Columns that are shown only when a cluster was asked. */
const objectColumns: readonly Column<Line>[] = [
  { title: "kind", room: "spare", value: ({ network }) => network.object?.kind ?? "-" },
  { title: "defined in", room: "spare", value: ({ network }) => network.object?.namespace ?? "-" },
  { title: "vlan", room: "spare", value: ({ network }) => network.object?.vlan ?? "-" },
  { title: "nodes", room: "spare", value: ({ network }) => network.object?.nodes ?? "-" },
  {
    title: "ready",
    value: ({ network }) => network.object?.ready ?? "-",
    tone: ({ network }) => readyTone(network.object?.ready),
  },
];

const problem: Column<Line> = { title: "problem", value: ({ network }) => network.problem ?? "", tone: () => "bad" };

/** Prints the usage of the networks that are named, or of all, and where there is a cluster also the state of its Network or ProviderNetwork. */
export const networks: CommandRun<"networks"> = async (context) => {
  const { config, operands, clock, logger, signal } = context;
  refuseUnnamed(config, "networks");
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const bell = new Bell();
  await using nb = await NbReading.open(
    { nb: nbOptions(config), clock, logger, ...(config.watch ? ringing(context, bell) : {}) },
    call,
  );
  const objects = await readQuietly(context, "ovn4nfv-networks", call, listNetworks);
  const known = withObjects(networkUsage(nb.index, nb), objects ?? []);
  if (config.watch) {
    const hasCluster = objects !== undefined;
    return await watch(context, nb, bell, listingOf(known, hasCluster), hasCluster, call);
  }
  const usage = selectNamed(operands, known, unknownNetwork);
  writeListing(context, usage, listingOf(usage, objects !== undefined));
  return "ok";
};

/** A name may be given to a watch before there is a network of that name. */
async function watch(
  context: CommandContext<"networks">,
  nb: NbReading,
  bell: Bell,
  listing: Listing<ReportedNetwork, Line>,
  hasCluster: boolean,
  call: CallOptions,
): Promise<ExitName> {
  const { operands } = context;
  await using owned = new AsyncDisposableStack();
  const read = hasCluster ? await followNetworks(context, owned, bell, call) : [];
  const current = (): readonly ReportedNetwork[] => {
    const objects = read.flatMap((objectsOfKind) => objectsOfKind());
    return withObjects(networkUsage(nb.index, nb), objects).filter((one) => isWanted(operands, one));
  };
  return await watchRows(context, { listing, keyOf: ({ name }) => name, current, bell });
}

async function followNetworks(
  context: CommandContext<"networks">,
  owned: AsyncDisposableStack,
  bell: Bell,
  call: CallOptions,
): Promise<readonly (() => readonly NetworkObject[])[]> {
  const cluster = await keepCluster(context, "ovn4nfv-networks", owned, call);
  if (cluster === undefined) return [];
  const kinds = (Object.keys(networkKinds) as NetworkKind[]).map((kind) => {
    const { resource } = networkKinds[kind];
    return followObjects(cluster, { resource, project: (raw) => projectNetwork(raw, kind) }, context, bell.ring, call);
  });
  return await Promise.all(kinds);
}

/** The columns about objects are shown where a cluster was asked, and that of pools where one of the networks has some. */
function listingOf(usage: readonly ReportedNetwork[], hasCluster: boolean): Listing<ReportedNetwork, Line> {
  const [name, ...others] = columns;
  const hasPools = usage.some(({ pools = [] }) => pools.length > 0);
  const own = name !== undefined && hasPools ? [name, poolColumn, ...others] : columns;
  return { linesOf, columns: [...own, ...(hasCluster ? objectColumns : []), problem], nameOf };
}

function linesOf(network: ReportedNetwork): readonly Line[] {
  return network.subnets.length === 0
    ? [{ network, subnet: undefined }]
    : [
        ...network.subnets.map((subnet) => ({ network, subnet })),
        ...(network.pools ?? []).map((pool) => ({ network, subnet: undefined, pool })),
      ];
}

function countOf(count: bigint | undefined): string {
  return count === undefined ? "-" : printCount(count);
}
