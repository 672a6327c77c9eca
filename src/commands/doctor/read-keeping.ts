// Reads what decides whether the rows of the Northbound database are kept: its backup, and another collector of garbage.
import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { BackupState, KubeOvnState } from "./facts.ts";

/** The StatefulSet of the databases of our own OVN. */
const ownDatabases = "ovn-central";

const cronJob = z.looseObject({
  metadata: z.looseObject({ creationTimestamp: z.string() }),
  spec: z.looseObject({ suspend: z.boolean().optional() }),
  status: z.looseObject({ lastSuccessfulTime: z.string().optional() }).optional(),
});

export async function readBackupState(
  client: ApiClient,
  namespace: string,
  call: CallOptions,
): Promise<BackupState | undefined> {
  const found = await new ResourceApi(client, resources.cronJobs).find({ namespace, name: "ovn4nfv-backup" }, call);
  if (found === undefined) return undefined;
  const { metadata, spec, status } = cronJob.parse(found);
  const last = status?.lastSuccessfulTime;
  return {
    isSuspended: spec.suspend === true,
    madeMs: Date.parse(metadata.creationTimestamp),
    succeededMs: last === undefined ? undefined : Date.parse(last),
  };
}

export async function readOwnDatabases(client: ApiClient, namespace: string, call: CallOptions): Promise<boolean> {
  return (
    (await new ResourceApi(client, resources.statefulSets).find({ namespace, name: ownDatabases }, call)) !== undefined
  );
}

const deployment = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(
          z.looseObject({ command: z.array(z.string()).optional(), args: z.array(z.string()).optional() }),
        ),
      }),
    }),
  }),
});

/** Reads the flags of the controller of Kube-OVN, whose defaults are those of its program. */
export async function readKubeOvn(client: ApiClient, call: CallOptions): Promise<KubeOvnState | undefined> {
  const target = { namespace: "kube-system", name: "kube-ovn-controller" };
  const found = await new ResourceApi(client, resources.deployments).find(target, call);
  if (found === undefined) return undefined;
  const { containers } = deployment.parse(found).spec.template.spec;
  const words = containers.flatMap(({ command = [], args = [] }) => [...command, ...args]);
  const flag = (name: string): string | undefined =>
    words.findLast((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  return {
    collects: flag("gc-interval") !== "0",
    sparesSwitches: flag("enable-external-vpc") === "true",
    sparesLoadBalancers: flag("enable-lb") === "false",
  };
}
