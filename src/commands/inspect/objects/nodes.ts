import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { type NodeVersions, readNodes } from "../../node-versions.ts";
import type { CommandRun } from "../../command.ts";
import { inspectCommand } from "./inspect-command.ts";
import { linesOfNode, nodeColumns, reportNode } from "./node-lines.ts";

/** Prints the nodes that are named, or all that have an agent: their chassis, their wires, and the gateways they may carry. */
export const nodes: CommandRun<"nodes"> = inspectCommand({
  subcommand: "nodes",
  read: async (client, { logger }, call) => {
    const [{ items }, uplinks, versions] = await Promise.all([
      new ResourceApi(client, resources.ovnNodes).list({}, call),
      new ResourceApi(client, resources.uplinks).listInstalled({}, call),
      versionsByNode(client, logger, call),
    ]);
    const known = uplinks.map(projectUplink);
    return items
      .map(({ metadata: { name }, ...rest }) => ({ name, status: ovnNodeStatusSchema.safeParse(rest["status"]).data }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((node) => reportNode(node, known, versions.get(node.name)));
  },
  missing: (name) => `there is no OvnNode ${name}`,
  linesOf: linesOfNode,
  columns: nodeColumns,
});

/** Versions are shown where they can be read: not everybody who may see nodes may ask agents. */
async function versionsByNode(
  client: ApiClient,
  logger: Logger,
  call: CallOptions,
): Promise<ReadonlyMap<string, NodeVersions>> {
  try {
    const labelSelector = "app.kubernetes.io/name=ovn4nfv-agent";
    const { items } = await new ResourceApi(client, resources.pods).list({ labelSelector }, call);
    return new Map((await readNodes(client, items, call)).map((each) => [each.node, each]));
  } catch (caught) {
    if (call.signal?.aborted === true) throw caught;
    logger.debug({ err: caught }, "the agents could not be asked for versions");
    return new Map();
  }
}
