import packageJson from "../../../package.json" with { type: "json" };
import { createMetrics } from "#src/core/metrics.ts";
import { backgroundLogger } from "../background-logger.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { Facts } from "./facts.ts";
import { judgeAll } from "./all-checks.ts";
import { readKubernetes } from "./read-kubernetes.ts";
import { readOvn } from "./read-ovn.ts";
import { nbOptions } from "../nb-options.ts";
import { writeRows } from "../output/print-rows.ts";
import { styleOf } from "../output/text-style.ts";
import { openDoctorClient } from "./doctor-client.ts";
import { printFindings } from "./print-findings.ts";
import { systemNamespace } from "../system-namespace.ts";

/**
 * Checks everything that allocation and wiring depend on, and prints for each its health, and the cure of its fault.
 */
export const doctor: CommandRun<"doctor"> = async (context) => {
  const findings = judgeAll(await readFacts(context));
  const { config, stdout } = context;
  if (config.output === "table") stdout.write(printFindings(findings, styleOf(stdout, context.env)));
  else writeRows(context, findings, []);
  return findings.some(({ health }) => health === "failed") ? "unhealthy" : "ok";
};

async function readFacts(context: CommandContext<"doctor">): Promise<Facts> {
  const { config, clock, logger, signal } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = await openDoctorClient(
    () => openApiClient(context, "ovn4nfv-doctor", createMetrics()),
    config.kubeconfig !== undefined,
  );
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
    const [ofKubernetes, ofOvn] = await Promise.all([readKubernetes(place, nowMs, call), readOvn(ovn, call)]);
    return { nowMs, ownVersion: packageJson.version, ...ofKubernetes, ...ofOvn };
  } finally {
    client.close();
  }
}
