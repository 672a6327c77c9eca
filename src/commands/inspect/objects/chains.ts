import { projectChain } from "#src/controllers/chains/chain-object.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { chainColumns, linesOfChain, reportChain } from "./chain-lines.ts";
import type { CommandRun } from "../../command.ts";
import { inspectCommand } from "./inspect-command.ts";

/** Prints the chains that are named, or all: each hop with the pods that carry traffic. */
export const chains: CommandRun<"chains"> = inspectCommand({
  subcommand: "chains",
  read: async (client, { config: { namespace } }, call) => {
    const { items } = await new ResourceApi(client, resources.networkChainings).list({ namespace }, call);
    return items.map(projectChain).sort(compareAge).map(reportChain);
  },
  missing: (name) => `there is no NetworkChaining ${name}`,
  linesOf: linesOfChain,
  columns: chainColumns,
});
