import { projectTap } from "#src/controllers/taps/tap-object.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { printRows, printTable } from "../output.ts";
import { linesOfTap, reportTap, tapColumns } from "./tap-lines.ts";

/** Prints the taps that are named, or all: each source with its state. */
export const taps: CommandRun<"taps"> = async (context) => {
  const { config, operands, clock, signal, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = openApiClient(config.kubeconfig, "ovn4nfv-taps", clock, createMetrics());
  try {
    const { items } = await new ResourceApi(client, resources.taps).list({ namespace: config.namespace }, call);
    const all = items.map(projectTap).sort(compareAge);
    const missing = operands.find((name) => !all.some((tap) => tap.name === name));
    if (missing !== undefined) throw new AppError("ConfigInvalid", `there is no Tap ${missing}`);
    const shown = all.filter(({ name }) => operands.length === 0 || operands.includes(name)).map(reportTap);
    const { output } = config;
    stdout.write(output === "table" ? printTable(shown.flatMap(linesOfTap), tapColumns) : printRows(output, shown, []));
    return "ok";
  } finally {
    client.close();
  }
};
