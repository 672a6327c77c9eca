import { readPolicies } from "#src/controllers/policies/read-policies.ts";
import type { CommandRun } from "../../command.ts";
import { inspectCommand } from "./inspect-command.ts";
import { linesOfPolicy, policyColumns, reportPolicy } from "./policy-lines.ts";

/** Prints the policies that are named, or all: each network with the pods that the policy selects there. */
export const policies: CommandRun<"policies"> = inspectCommand({
  subcommand: "policies",
  read: async (client, { config: { namespace } }, call) => {
    const views = await readPolicies(client, call);
    const inPlace = views.filter(({ policy }) => namespace === undefined || policy.namespace === namespace);
    return inPlace.map(reportPolicy);
  },
  missing: (name) => `there is no MultiNetworkPolicy ${name}`,
  linesOf: linesOfPolicy,
  columns: policyColumns,
});
