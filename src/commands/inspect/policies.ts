import { type PolicyView, readPolicies } from "#src/controllers/policies/read-policies.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { printRows, printTable } from "../output.ts";
import { linesOfPolicy, policyColumns, reportPolicy } from "./policy-lines.ts";

/** Prints the policies that are named, or all: each network with the pods that the policy selects there. */
export const policies: CommandRun<"policies"> = async ({ config, operands, clock, signal, stdout }) => {
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = openApiClient(config.kubeconfig, "ovn4nfv-policies", clock, createMetrics());
  try {
    const { namespace, output } = config;
    const isInPlace = ({ policy }: PolicyView): boolean => namespace === undefined || policy.namespace === namespace;
    const all = (await readPolicies(client, call)).filter(isInPlace);
    const missing = operands.find((name) => !all.some(({ policy }) => policy.name === name));
    if (missing !== undefined) throw new AppError("ConfigInvalid", `there is no MultiNetworkPolicy ${missing}`);
    const isAsked = ({ policy }: PolicyView): boolean => operands.length === 0 || operands.includes(policy.name);
    const shown = all.filter(isAsked).map(reportPolicy);
    stdout.write(
      output === "table" ? printTable(shown.flatMap(linesOfPolicy), policyColumns) : printRows(output, shown, []),
    );
    return "ok";
  } finally {
    client.close();
  }
};
