import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { CommandRun } from "../../command.ts";
import { inspectCommand } from "./inspect-command.ts";
import { reportUplink, uplinkColumns } from "./uplink-lines.ts";

/** Prints the Uplinks that are named, or all: where they lead, who carries them, and which networks leave by them. */
export const uplinks: CommandRun<"uplinks"> = inspectCommand({
  subcommand: "uplinks",
  read: async (client, _context, call) => {
    const [{ items }, networks] = await Promise.all([
      new ResourceApi(client, resources.uplinks).list({}, call),
      new ResourceApi(client, resources.networks).listInstalled({}, call),
    ]);
    const known = networks.map((item) => projectNetwork(item));
    return items
      .map(projectUplink)
      .sort(compareAge)
      .map((uplink) => reportUplink(uplink, known));
  },
  missing: (name) => `there is no Uplink ${name}`,
  linesOf: (uplink) => [uplink],
  columns: uplinkColumns,
});
