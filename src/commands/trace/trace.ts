// `ovn4nfv trace`: asks ovn-trace what the logical network does with a packet of a pod, and tells it in words, with the objects
// of Kubernetes that decided.
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { openCluster } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions } from "../nb-options.ts";
import { writeRows } from "../output/print-rows.ts";
import { styleOf } from "../output/text-style.ts";
import { southboundOf, traceBetween } from "./trace-between.ts";
import { printReport } from "./trace-report.ts";

/** Prints what the logical network does with a packet from a pod to an address or another pod. */
export const trace: CommandRun<"trace"> = async (context) => {
  const { config, operands, clock, logger, signal, stdout } = context;
  const [source = "", target = "", ...others] = operands;
  if (target === "" || others.length > 0) throw new AppError("ConfigInvalid", "trace takes a pod and a destination");
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  // A database that nobody named is told before anything is read.
  southboundOf(config);
  await using owned = new AsyncDisposableStack();
  const cluster = await openCluster(context, "ovn4nfv-trace", createMetrics(), call);
  owned.defer(() => {
    cluster?.client.close();
  });
  const nb = owned.use(await NbReading.open({ nb: nbOptions(config), clock, logger, tables: controllerTables }, call));
  const question = {
    source,
    target,
    namespace: config.namespace ?? "default",
    kind: { proto: config.proto, port: config.port },
  };
  const report = await traceBetween({ config, clock, logger, nb, cluster }, question, call);
  if (config.output === "table") stdout.write(printReport(report, styleOf(stdout, context.env)));
  else writeRows(context, [report], []);
  return "ok";
};
