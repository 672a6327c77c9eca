import type { CallOptions } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { openCluster } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { printCount } from "#src/net/count-text.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions } from "../nb-options.ts";
import { listNetworks, type ReportedNetwork, withObjects } from "./network-objects.ts";
import { type NamedPoolUsage, networkUsage, type SubnetUsage } from "./network-usage.ts";
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
  const objects = await networkObjects(context, call);
  const known = withObjects(networkUsage(nb.index, nb), objects ?? []);
  const usage = selectNamed(operands, known, unknownNetwork);
  const [name, ...others] = columns;
  const hasPools = usage.some(({ pools = [] }) => pools.length > 0);
  const own = name !== undefined && hasPools ? [name, poolColumn, ...others] : columns;
  const shown = [...own, ...(objects === undefined ? [] : objectColumns), problem];
  stdout.write(printLines(config.output, usage, linesOf, shown));
  return "ok";
};

/**
 * Undefined when there is no cluster, or when a cluster that nobody named does not answer in half the time: NB alone is
 * shown.
 */
async function networkObjects(context: CommandContext<"networks">, call: CallOptions) {
  const { config, clock, logger } = context;
  // A file that the user named must be right. A file that was found automatically may lead nowhere.
  if (config.kubeconfig !== undefined) return readObjects(context, call);
  const halfMs = (clock.monotonicMs() + (call.deadlineMs ?? 0)) / 2;
  try {
    return await readObjects(context, { ...call, deadlineMs: halfMs });
  } catch (caught) {
    if (context.signal.aborted) throw caught;
    logger.debug({ err: fromUnknown(caught) }, "no cluster answers, showing the northbound database alone");
    return undefined;
  }
}

async function readObjects({ config, clock }: CommandContext<"networks">, call: CallOptions) {
  const cluster = await openCluster(config.kubeconfig, "ovn4nfv-networks", clock, createMetrics(), call);
  try {
    return cluster && (await listNetworks(cluster, call));
  } finally {
    cluster?.client.close();
  }
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
