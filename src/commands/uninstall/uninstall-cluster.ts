import { annotationKeys } from "#src/api/annotation-keys.ts";
import { claimFinalizer, keptAnnotation } from "#src/api/claim/claim-keys.ts";
import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";
import { nodusChainFinalizer } from "#src/controllers/chains/chain-object.ts";
import { isOwnFinalizer, type NetworkKind, networkKinds } from "#src/controllers/networks/network-object.ts";
import { floatingIpFinalizer } from "#src/controllers/floating/floating-ip-object.ts";
import { removeTraces } from "#src/controllers/services/service-traces.ts";
import { uplinkFinalizer } from "#src/controllers/uplinks/uplink-object.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import { PodApi } from "#src/kube/pods.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type Resource, resources } from "#src/kube/client/resources.ts";
import { configurations } from "../configurations.ts";

/** A pod that holds addresses. */
export interface LabelledPodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface RemovalParts {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Prints a line about what was done. */
  readonly say: (line: string) => void;
  readonly call: CallOptions & { readonly deadlineMs: number; readonly signal: AbortSignal };
}

const pollMs = 250;
const nodesLimitMs = 20_000;

/** Lists pods with our label. Throws `KubeApiError`. */
export function listLabelledPods({
  client,
  call,
}: Pick<RemovalParts, "client" | "call">): Promise<readonly LabelledPodRef[]> {
  return new PodApi(client).listByLabel(
    { labelSelector: annotationKeys.allocation.key },
    ({ metadata: { namespace = "", name, uid } }): LabelledPodRef => ({ namespace, name, uid }),
    call,
  );
}

const deployments = ["ovn4nfv-webhook", "ovn4nfv-cainjector", "ovn4nfv-controller"] as const;

/**
 * Deletes the registrations and our Deployments, and waits for the end of their pods. After that nobody allocates,
 * and nothing that is removed is made again. Throws `DeadlineExceeded`.
 */
export async function removeProcesses(namespace: string, { client, clock, say, call }: RemovalParts): Promise<void> {
  const targets: readonly (readonly [Resource, { readonly namespace?: string; readonly name: string }])[] = [
    [resources.mutatingWebhookConfigurations, { name: configurations.mutating }],
    [resources.validatingWebhookConfigurations, { name: configurations.validating }],
    ...deployments.map((name) => [resources.deployments, { namespace, name }] as const),
  ];
  for (const [resource, target] of targets) {
    if (await wasThere(new ResourceApi(client, resource).delete(target, call))) {
      say(`${resource.kind} ${target.name} deleted`);
    }
  }
  const pods = new ResourceApi(client, resources.pods);
  const labelSelector = `app.kubernetes.io/name in (${deployments.join(", ")})`;
  while ((await pods.list({ namespace, labelSelector }, call)).items.length > 0) {
    if (clock.monotonicMs() >= call.deadlineMs) {
      throw new AppError("DeadlineExceeded", `pods of ${deployments.join(", ")} are still there in ${namespace}`);
    }
    await clock.sleep(pollMs, call.signal);
  }
}

/** Takes finalizer and label off pods, so that they can be deleted without us. */
export async function removePodMarks(
  holders: readonly LabelledPodRef[],
  { client, say, call }: RemovalParts,
): Promise<void> {
  const pods = new PodApi(client);
  const { finalizer, allocation } = annotationKeys;
  for (const { namespace, name, uid } of holders) {
    await pods.removeFinalizer({ namespace, name }, { uid, finalizer: finalizer.key, labels: [allocation.key] }, call);
    say(`Pod ${namespace}/${name} released`);
  }
}

/** The kinds whose objects an uninstall deletes, in its order, each with the finalizers that are ours. */
const deletedKinds: readonly (readonly [Resource, (finalizer: string) => boolean])[] = [
  [resources.floatingIps, (one) => one === floatingIpFinalizer],
  ...(Object.keys(networkKinds) as NetworkKind[]).map((kind) => {
    return [networkKinds[kind].resource, (one: string) => isOwnFinalizer(kind, one)] as const;
  }),
  [resources.uplinks, (one) => one === uplinkFinalizer],
];

/** Names the objects that `removeNetworks` deletes. */
export async function listDeleted({ client, call }: Pick<RemovalParts, "client" | "call">): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [resource] of deletedKinds) {
    const found = await new ResourceApi(client, resource).listInstalled({}, call);
    names.push(...found.map(({ metadata }) => `${resource.kind} ${fullName(metadata)}`));
  }
  return names;
}

/** Deletes all our objects and takes our finalizers off, because nobody is left to act on them. */
export async function removeNetworks(parts: RemovalParts): Promise<void> {
  for (const [resource, isOwn] of deletedKinds) await removeAllOf(resource, isOwn, parts);
}

/** Takes the finalizer of Nodus off the chains, which only our controller would do. The objects stay until somebody deletes their kind. */
export async function releaseChains(parts: RemovalParts): Promise<void> {
  await releaseAllOf(resources.networkChainings, nodusChainFinalizer, parts);
}

/** Takes our finalizer and annotation off the IPAMClaims. The objects are their owners', and stay. */
export async function removeClaimMarks(parts: RemovalParts): Promise<void> {
  await releaseAllOf(resources.ipamClaims, claimFinalizer, parts, { annotations: { [keptAnnotation]: null } });
}

/** Takes our addresses and conditions out of the Services, which stay. */
export async function removeServiceMarks({ client, say, call }: RemovalParts): Promise<void> {
  const api = new ResourceApi(client, resources.services);
  for (const raw of (await api.list({}, call)).items) {
    if (!(await removeTraces(api, raw, call))) continue;
    const { namespace = "", name } = raw.metadata;
    say(`Service ${namespace}/${name} released`);
  }
}

/**
 * Asks the agents for no tap any more, since the controller that would do so is gone. They take mirrors and tunnels away. A list that
 * cannot be read is ended as well: its agent goes on with the one before.
 */
export async function endTaps({ client, say, call }: RemovalParts): Promise<void> {
  const api = new ResourceApi(client, resources.ovnNodes);
  for (const { metadata, spec } of await api.listInstalled({}, call)) {
    if (typeof spec !== "object" || spec === null || !("taps" in spec)) continue;
    const { name, uid } = metadata;
    await wasThere(api.patch({ name }, "merge", { metadata: { uid }, spec: { taps: null } }, call));
    say(`taps on ${name} ended`);
  }
}

/** Takes a finalizer off all objects that have it. `more` is merged into their metadata. */
async function releaseAllOf(
  resource: Resource,
  finalizer: string,
  { client, say, call }: RemovalParts,
  more: object = {},
): Promise<void> {
  const api = new ResourceApi(client, resource);
  for (const { metadata } of await api.listInstalled({}, call)) {
    const { namespace, name, uid, resourceVersion, finalizers = [] } = metadata;
    if (!finalizers.includes(finalizer)) continue;
    const left = finalizers.filter((one) => one !== finalizer);
    const body = { metadata: { uid, resourceVersion, finalizers: left, ...more } };
    await wasThere(api.patch({ namespace, name }, "merge", body, call));
    say(`${resource.kind} ${fullName({ namespace, name })} released`);
  }
}

async function removeAllOf(
  resource: Resource,
  isOwn: (finalizer: string) => boolean,
  { client, say, call }: RemovalParts,
): Promise<void> {
  const api = new ResourceApi(client, resource);
  // The CustomResourceDefinition may be gone already.
  for (const { metadata } of await api.listInstalled({}, call)) {
    const { namespace, name, uid, resourceVersion, finalizers = [] } = metadata;
    const left = finalizers.filter((one) => !isOwn(one));
    const body = { metadata: { uid, resourceVersion, finalizers: left } };
    await wasThere(api.patch({ namespace, name }, "merge", body, call));
    await wasThere(api.delete({ namespace, name }, { ...call, uid }));
    say(`${resource.kind} ${fullName({ namespace, name })} deleted`);
  }
}

function fullName({ namespace, name }: { readonly namespace?: string | undefined; readonly name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/**
 * Waits until the agents have taken their bridges, mappings and mirrors away, for as long as that may take an agent that runs. Names
 * the nodes on which some stay.
 */
export async function awaitNodesCleared({ client, clock, say, call }: RemovalParts): Promise<void> {
  const api = new ResourceApi(client, resources.ovnNodes);
  const limitMs = Math.min(call.deadlineMs, clock.monotonicMs() + nodesLimitMs);
  for (;;) {
    const nodes = (await api.listInstalled({}, call)).map(({ metadata: { name }, status }) => {
      const { success, data } = ovnNodeStatusSchema.safeParse(status ?? {});
      return { name, isRead: success, ...data };
    });
    const left = [
      ["bridges of ours", nodes.filter(({ wires = [] }) => wires.length > 0)],
      ["mirrors of taps", nodes.filter(({ taps = [] }) => taps.length > 0)],
      ["words of an agent that cannot be read", nodes.filter(({ isRead }) => !isRead)],
    ] as const;
    if (left.every(([, holders]) => holders.length === 0)) return;
    if (clock.monotonicMs() >= limitMs) {
      for (const [what, holders] of left) {
        const names = holders.map(({ name }) => name).join(", ");
        if (names !== "") say(`${what} stay on ${names}: is the agent running there? See kubectl describe ovnnode`);
      }
      return;
    }
    await clock.sleep(pollMs, call.signal);
  }
}

async function wasThere(done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (caught) {
    if (isNotFound(caught)) return false;
    throw caught;
  }
}
