import { serviceProxy } from "#src/api/service/service-config.ts";
import { projectService } from "#src/controllers/services/service-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { CommandRun } from "../../command.ts";
import { inspectCommand } from "./inspect-command.ts";
import { reportService, serviceColumns } from "./service-lines.ts";

const labelSelector = `${serviceProxy.label}=${serviceProxy.value}`;

/** Prints the Services on networks that are named, or all. */
export const services: CommandRun<"services"> = inspectCommand({
  subcommand: "services",
  read: async (client, { config: { namespace } }, call) => {
    const { items } = await new ResourceApi(client, resources.services).list({ namespace, labelSelector }, call);
    return items.map((item) => reportService(projectService(item)));
  },
  missing: (name) => `there is no Service ${name} with the label ${labelSelector}`,
  linesOf: (service) => [service],
  columns: serviceColumns,
});
