import { serviceProxy } from "#src/api/service/service-config.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { printRows, printTable } from "../output.ts";
import { readService, reportService, serviceColumns } from "./service-lines.ts";

/** Prints the Services on networks that are named, or all. */
export const services: CommandRun<"services"> = async (context) => {
  const { config, operands, clock, signal, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = openApiClient(config.kubeconfig, "ovn4nfv-services", clock, createMetrics());
  try {
    const { namespace, output } = config;
    const labelSelector = `${serviceProxy.label}=${serviceProxy.value}`;
    const { items } = await new ResourceApi(client, resources.services).list({ namespace, labelSelector }, call);
    const all = items.map((item) => reportService(readService(item)));
    const missing = operands.find((wanted) => !all.some(({ name }) => name === wanted));
    if (missing !== undefined) {
      throw new AppError("ConfigInvalid", `there is no Service ${missing} with the label ${labelSelector}`);
    }
    const shown = all.filter(({ name }) => operands.length === 0 || operands.includes(name));
    stdout.write(output === "table" ? printTable(shown, serviceColumns) : printRows(output, shown, []));
    return "ok";
  } finally {
    client.close();
  }
};
