import { projectTap } from "#src/controllers/taps/tap-object.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { CommandRun } from "../../command.ts";
import { inspectCommand } from "./inspect-command.ts";
import { linesOfTap, reportTap, tapColumns } from "./tap-lines.ts";

/** Prints the taps that are named, or all: each source with its state. */
export const taps: CommandRun<"taps"> = inspectCommand({
  subcommand: "taps",
  read: async (client, { config: { namespace } }, call) => {
    const { items } = await new ResourceApi(client, resources.taps).list({ namespace }, call);
    return items.map(projectTap).sort(compareAge).map(reportTap);
  },
  missing: (name) => `there is no Tap ${name}`,
  linesOf: linesOfTap,
  columns: tapColumns,
});
