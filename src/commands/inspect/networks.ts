import type { CommandRun } from "../command.ts";
import { printCount } from "#src/net/count-text.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions } from "../nb-options.ts";
import { listNetworks, type ReportedNetwork, withObjects } from "./network-objects.ts";
import { type NamedPoolUsage, networkUsage, type SubnetUsage } from "./network-usage.ts";
import { readQuietly } from "./quiet-cluster.ts";
import { selectNamed, unknownNetwork } from "./select-named.ts";
import { type Column, printLines } from "../output.ts";

/** A line of the table: one subnet, or one pool. A network without subnets has a line too, for its problem. */
interface Line {
  readonly network: ReportedNetwork;
  readonly subnet: SubnetUsage | undefined;
  readonly pool?: NamedPoolUsage;
}

const columns: readonly Column<Line>[] = [
  { title: "name", value: ({ network }) => network.name },
  { title: "subnet", value: ({ subnet, pool }) => subnet?.cidr ?? pool?.ranges.join(",") ?? "-" },
  { title: "gateway", value: ({ subnet }) => subnet?.gateway ?? "-" },
  { title: "capacity", align: "right", value: ({ subnet, pool }) => countOf((subnet ?? pool)?.capacity) },
  { title: "used", align: "right", value: ({ subnet, pool }) => countOf((subnet ?? pool)?.used) },
  { title: "free", align: "right", value: ({ subnet, pool }) => countOf((subnet ?? pool)?.free) },
  { title: "reservations", align: "right", value: ({ network }) => network.openReservations.toString() },
  { title: "mtu", align: "right", value: ({ network }) => network.mtu?.toString() ?? "-" },
  { title: "allowed", value: ({ network }) => network.allowedNamespaces.join(",") || "-" },
];

/** The column that is shown only when one of the networks has pools. */
const poolColumn: Column<Line> = { title: "pool", value: ({ pool }) => pool?.pool ?? "-" };

/** Columns that are shown only when a cluster was asked. */
const objectColumns: readonly Column<Line>[] = [
  { title: "kind", value: ({ network }) => network.object?.kind ?? "-" },
  { title: "defined in", value: ({ network }) => network.object?.namespace ?? "-" },
  { title: "vlan", value: ({ network }) => network.object?.vlan ?? "-" },
  { title: "nodes", value: ({ network }) => network.object?.nodes ?? "-" },
  { title: "ready", value: ({ network }) => network.object?.ready ?? "-" },
];

const problem: Column<Line> = { title: "problem", value: ({ network }) => network.problem ?? "" };

/** Prints the usage of the networks that are named, or of all, and where there is a cluster also the state of its Network or ProviderNetwork. */
export const networks: CommandRun<"networks"> = async (context) => {
  const { config, operands, clock, logger, signal, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using nb = await NbReading.open({ nb: nbOptions(config), clock, logger }, call);
  const objects = await readQuietly(context, "ovn4nfv-networks", call, listNetworks);
  const known = withObjects(networkUsage(nb.index, nb), objects ?? []);
  const usage = selectNamed(operands, known, unknownNetwork);
  const [name, ...others] = columns;
  const hasPools = usage.some(({ pools = [] }) => pools.length > 0);
  const own = name !== undefined && hasPools ? [name, poolColumn, ...others] : columns;
  const shown = [...own, ...(objects === undefined ? [] : objectColumns), problem];
  stdout.write(printLines(config.output, usage, linesOf, shown));
  return "ok";
};

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
