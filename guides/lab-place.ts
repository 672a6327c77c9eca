import { type LabState } from "#lab/cluster/lab-state.ts";
import { makeLabShell } from "#lab/cluster/lab-shell.ts";
import { mustRun } from "#tools/process/command.ts";
import type { GuidePlace } from "./run-guide.ts";

/** Objects of Kubernetes that a guide may make outside of a namespace of its own, or that hold such a namespace. */
const kinds = "namespaces,networks.k8s.plugin.opnfv.org,network-attachment-definitions.k8s.cni.cncf.io";
const columns = '{.kind} {.metadata.name}{" of "}{.metadata.namespace}{"\\n"}';
const listing = ["get", kinds, "-A", "-o", `jsonpath={range .items[*]}${columns}{end}`];

/** Objects that an installation brings, for a cluster in which a guide makes and removes it. */
const installedKinds =
  "namespaces,customresourcedefinitions,mutatingwebhookconfigurations,validatingwebhookconfigurations," +
  "validatingadmissionpolicies,clusterroles,clusterrolebindings,persistentvolumes";

/** A lab without the product as the place of a guide that installs it. `folder` must be empty, and stay as long as it runs. */
export async function emptyPlace(state: LabState, folder: string): Promise<GuidePlace> {
  const { env, namespaces } = await makeLabShell(state, folder);
  return {
    env,
    namespaces,
    standing: async () =>
      (await mustRun("kubectl", ["get", installedKinds, "-o", "name"], { env, namespaces }))
        .split("\n")
        .filter(Boolean),
  };
}

/**
 * A lab as the place of guides. `folder` must be empty, and stay as long as guides run. With `besideOthers` the place is for
 * the guide of that name alone, and only its namespace counts as what it has made.
 */
export async function labPlace(
  state: LabState,
  folder: string,
  { besideOthers }: { readonly besideOthers?: string } = {},
): Promise<GuidePlace> {
  const { env, namespaces } = await makeLabShell(state, folder);
  const run = async (command: string, args: readonly string[]): Promise<readonly string[]> =>
    (await mustRun(command, args, { env, namespaces })).split("\n").filter((line) => line !== "");
  return {
    env,
    namespaces,
    async standing() {
      const objects = await run("kubectl", listing);
      if (besideOthers !== undefined) {
        return objects.filter((name) =>
          [`Namespace ${besideOthers} of `, ` of ${besideOthers}`].some((own) => name.endsWith(own)),
        );
      }
      const switches = await run("ovn-nbctl", ["--bare", "--columns=name", "list", "Logical_Switch"]);
      return [...objects, ...switches.map((name) => `logical switch ${name}`)];
    },
  };
}
