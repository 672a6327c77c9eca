import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { inspectCommand } from "./inspect-command.ts";
import { readFloatingUsage } from "../read-floating-usage.ts";
import { reportUplink, uplinkColumns } from "./uplink-lines.ts";

/** Prints the Uplinks that are named, or all: where they lead, who carries them, who leaves by them, and how full they are. */
export const uplinks: CommandRun<"uplinks"> = inspectCommand({
  subcommand: "uplinks",
  read: async (client, context: CommandContext<"uplinks">, call) => {
    const [{ items }, networks, usage] = await Promise.all([
      new ResourceApi(client, resources.uplinks).list({}, call),
      new ResourceApi(client, resources.networks).listInstalled({}, call),
      readFloatingUsage(context, call),
    ]);
    const known = networks.map((item) => projectNetwork(item));
    return items
      .map(projectUplink)
      .sort(compareAge)
      .map((uplink) => reportUplink(uplink, known, usage));
  },
  missing: (name) => `there is no Uplink ${name}`,
  linesOf: (uplink) => [uplink],
  columns: uplinkColumns,
});
