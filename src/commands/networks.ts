import type { CommandRun } from "./command.ts";
import { NbReading } from "./nb-reading.ts";
import { nbOptions } from "./nb-options.ts";
import { type NetworkUsage, networkUsage, type SubnetUsage } from "./network-usage.ts";
import { type Column, printRows, printTable } from "./output.ts";

/** In the table a subnet has a line of its own; a network without subnets has one too, for its problem. */
interface Line {
  readonly network: NetworkUsage;
  readonly subnet: SubnetUsage | undefined;
}

const columns: readonly Column<Line>[] = [
  { title: "name", value: ({ network }) => network.name },
  { title: "subnet", value: ({ subnet }) => subnet?.cidr ?? "-" },
  { title: "gateway", value: ({ subnet }) => subnet?.gateway ?? "-" },
  { title: "capacity", align: "right", value: ({ subnet }) => printCount(subnet?.capacity) },
  { title: "used", align: "right", value: ({ subnet }) => printCount(subnet?.used) },
  { title: "free", align: "right", value: ({ subnet }) => printCount(subnet?.free) },
  { title: "reservations", align: "right", value: ({ network }) => network.openReservations.toString() },
  { title: "mtu", align: "right", value: ({ network }) => network.mtu?.toString() ?? "-" },
  { title: "namespaces", value: ({ network }) => network.allowedNamespaces.join(",") || "-" },
  { title: "problem", value: ({ network }) => network.problem ?? "" },
];

/** Prints the usage of each network. */
export const networks: CommandRun<"networks"> = async ({ config, clock, logger, signal, stdout }) => {
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using nb = await NbReading.open({ nb: nbOptions(config), clock, logger }, call);
  const usage = networkUsage(nb.index, nb);
  stdout.write(
    config.output === "table" ? printTable(usage.flatMap(linesOf), columns) : printRows(config.output, usage, []),
  );
  return "ok";
};

function linesOf(network: NetworkUsage): readonly Line[] {
  return network.subnets.length === 0
    ? [{ network, subnet: undefined }]
    : network.subnets.map((subnet) => ({ network, subnet }));
}

/** Past a thousand million the digits say less than the power of two. */
function printCount(count: bigint | undefined): string {
  if (count === undefined) return "-";
  return count < 1_000_000_000n ? count.toString() : `~2^${Math.round(Math.log2(Number(count))).toString()}`;
}
