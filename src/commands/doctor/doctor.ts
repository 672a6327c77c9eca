import { createMetrics } from "#src/core/metrics.ts";
import { backgroundLogger } from "../background-logger.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { Facts } from "./facts.ts";
import type { DoctorFinding } from "./finding.ts";
import { judgeAll } from "./all-checks.ts";
import { readCluster } from "./read-cluster.ts";
import { readOvn } from "./read-ovn.ts";
import { nbOptions } from "../nb-options.ts";
import { type Column, printRows } from "../output.ts";
import { systemNamespace } from "../system-namespace.ts";

const columns: readonly Column<DoctorFinding>[] = [
  { title: "check", value: ({ check }) => check },
  { title: "health", value: ({ health }) => health },
  { title: "finding", value: ({ says }) => says },
  { title: "cure", value: ({ cure }) => cure || "-" },
];

/**
 * Checks everything that allocation and wiring depend on, and prints for each its health, and the cure of its fault.
 */
export const doctor: CommandRun<"doctor"> = async (context) => {
  const findings = judgeAll(await readFacts(context));
  context.stdout.write(printRows(context.config.output, findings, columns));
  return findings.some(({ health }) => health === "failed") ? "unhealthy" : "ok";
};

async function readFacts(context: CommandContext<"doctor">): Promise<Facts> {
  const { config, clock, logger, signal } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = openApiClient(config.kubeconfig, "ovn4nfv-doctor", clock, createMetrics());
  const place = {
    client,
    namespace: await systemNamespace(config, context),
    trialNamespace: config.namespace ?? "default",
    definition: { namespace: config.nadNamespace, name: config.nadName },
  };
  const ovn = { nb: nbOptions(config), sb: config.sbEndpoints, clock, logger: backgroundLogger(logger) };
  try {
    // The clock is read before the rest: a read that nobody answers takes all of the time, and would look like a wrong
    // clock.
    const nowMs = clock.now();
    const [cluster, databases] = await Promise.all([readCluster(place, call), readOvn(ovn, call)]);
    return { nowMs, ...cluster, ...databases };
  } finally {
    client.close();
  }
}
