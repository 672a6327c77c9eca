import { projectChain } from "#src/controllers/chains/chain-object.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { printRows, printTable } from "../output.ts";
import { chainColumns, linesOfChain, reportChain } from "./chain-lines.ts";

/** Prints the chains that are named, or all: each hop with the pods that carry traffic. */
export const chains: CommandRun<"chains"> = async (context) => {
  const { config, operands, clock, signal, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = openApiClient(config.kubeconfig, "ovn4nfv-chains", clock, createMetrics());
  try {
    const { namespace } = config;
    const { items } = await new ResourceApi(client, resources.networkChainings).list({ namespace }, call);
    const all = items.map(projectChain).sort(compareAge);
    const missing = operands.find((name) => !all.some((chain) => chain.name === name));
    if (missing !== undefined) throw new AppError("ConfigInvalid", `there is no NetworkChaining ${missing}`);
    const shown = all.filter(({ name }) => operands.length === 0 || operands.includes(name)).map(reportChain);
    const { output } = config;
    stdout.write(
      output === "table" ? printTable(shown.flatMap(linesOfChain), chainColumns) : printRows(output, shown, []),
    );
    return "ok";
  } finally {
    client.close();
  }
};
