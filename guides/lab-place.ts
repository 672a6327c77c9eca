import { type LabState } from "#lab/cluster/lab-state.ts";
import { makeLabShell } from "#lab/cluster/lab-shell.ts";
import { mustRun } from "#tools/process/command.ts";
import type { GuidePlace } from "./run-guide.ts";

/** Objects of Kubernetes that a guide may make outside of a namespace of its own, or that hold such a namespace. */
const kinds = "namespaces,networks.k8s.plugin.opnfv.org,network-attachment-definitions.k8s.cni.cncf.io";
const listing = ["get", kinds, "-A", "-o", 'jsonpath={range .items[*]}{.kind} {.metadata.name}{"\\n"}{end}'];

/** A lab as the place of guides. `folder` must be empty, and stay as long as guides run. */
export async function labPlace(state: LabState, folder: string): Promise<GuidePlace> {
  const { env, namespaces } = await makeLabShell(state, folder);
  const run = async (command: string, args: readonly string[]): Promise<readonly string[]> =>
    (await mustRun(command, args, { env, namespaces })).split("\n").filter((line) => line !== "");
  return {
    env,
    namespaces,
    async standing() {
      const objects = await run("kubectl", listing);
      const switches = await run("ovn-nbctl", ["--bare", "--columns=name", "list", "Logical_Switch"]);
      return [...objects, ...switches.map((name) => `logical switch ${name}`)];
    },
  };
}
