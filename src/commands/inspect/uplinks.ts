import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { openApiClient } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { printRows } from "../output.ts";
import { reportUplink, uplinkColumns } from "./uplink-lines.ts";

/** Prints the Uplinks that are named, or all: where they lead, who carries them, and which networks leave by them. */
export const uplinks: CommandRun<"uplinks"> = async (context) => {
  const { config, operands, clock, signal, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const client = openApiClient(config.kubeconfig, "ovn4nfv-uplinks", clock, createMetrics());
  try {
    const [{ items }, networks] = await Promise.all([
      new ResourceApi(client, resources.uplinks).list({}, call),
      new ResourceApi(client, resources.networks).listInstalled({}, call),
    ]);
    const all = items.map(projectUplink).sort(compareAge);
    const missing = operands.find((name) => !all.some((uplink) => uplink.name === name));
    if (missing !== undefined) throw new AppError("ConfigInvalid", `there is no Uplink ${missing}`);
    const known = networks.map((item) => projectNetwork(item));
    const shown = all.filter(({ name }) => operands.length === 0 || operands.includes(name));
    stdout.write(
      printRows(
        config.output,
        shown.map((uplink) => reportUplink(uplink, known)),
        uplinkColumns,
      ),
    );
    return "ok";
  } finally {
    client.close();
  }
};
