// Reads what users wait for: pods without their interfaces, Networks that do not go, chains and taps that are not whole, workloads whose pods are refused.
import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import { projectTap } from "#src/controllers/taps/tap-object.ts";
import { projectChain } from "#src/controllers/chains/chain-object.ts";
import { type PolicyView, readPolicies } from "#src/controllers/policies/read-policies.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type Resource, resources } from "#src/kube/client/resources.ts";
import { missingRight } from "../../missing-right.ts";
import { type Read, read } from "../read.ts";
import { oddClaims } from "./odd-claims.ts";
import { oddServices } from "./odd-services.ts";
import type { BrokenObject, DeletingNetwork, OddPolicy, RefusedWorkload, StuckFacts, StuckPod } from "./stuck-facts.ts";
import { scarceAddresses } from "./scarce-addresses.ts";
import { oddReach } from "./odd-reach.ts";
import { readDefinitions, type WaitingPod, waitingPods } from "./waiting-pods.ts";

/** The kinds of facts, each read by itself. */
export type StuckReads = { readonly [K in keyof StuckFacts as `stuck${Capitalize<K>}`]: Read<StuckFacts[K]> };

/** The Events of more pods than this are not read. */
const mostPods = 20;
/** A Network goes within seconds when nobody uses it. */
const usualDeletionMs = 10_000;

/** Reads everything at once. `nowMs` is the time of the API server. */
export async function readStuck(client: ApiClient, nowMs: number, call: CallOptions): Promise<StuckReads> {
  const listAll = (resource: Resource) => new ResourceApi(client, resource).listInstalled({}, call);
  const networks = listAll(resources.networks);
  const reads = {
    stuckPods: read(() => readPods(client, nowMs, call)),
    stuckNetworks: read(async () => deletingNetworks(await networks, nowMs)),
    stuckReach: read(async () => oddReach(await networks)),
    stuckChains: read(async () => brokenChains(await listAll(resources.networkChainings))),
    stuckPolicies: read(async () => oddPolicies(await readPolicies(client, call))),
    stuckServices: read(async () => oddServices(await listAll(resources.services))),
    stuckClaims: read(async () => oddClaims(await listAll(resources.ipamClaims), nowMs)),
    stuckAddresses: read(async () =>
      scarceAddresses([...(await networks), ...(await listAll(resources.providerNetworks))]),
    ),
    stuckTaps: read(async () => brokenTaps(await listAll(resources.taps))),
    stuckWorkloads: read(async () => refusedWorkloads(await listAll(resources.replicaSets))),
  };
  return {
    stuckPods: await reads.stuckPods,
    stuckNetworks: await reads.stuckNetworks,
    stuckReach: await reads.stuckReach,
    stuckChains: await reads.stuckChains,
    stuckPolicies: await reads.stuckPolicies,
    stuckServices: await reads.stuckServices,
    stuckClaims: await reads.stuckClaims,
    stuckAddresses: await reads.stuckAddresses,
    stuckTaps: await reads.stuckTaps,
    stuckWorkloads: await reads.stuckWorkloads,
  };
}

async function readPods(client: ApiClient, nowMs: number, call: CallOptions): Promise<readonly StuckPod[]> {
  const { items: pods } = await new ResourceApi(client, resources.pods).list({}, call);
  return readStuckPods(client, waitingPods(pods, nowMs).slice(0, mostPods), call);
}

/** Reads what says why these pods wait, and leaves out those that turn out not to wait for us. */
export async function readStuckPods(
  client: ApiClient,
  waiting: readonly WaitingPod[],
  call: CallOptions,
): Promise<readonly StuckPod[]> {
  if (waiting.length === 0) return [];
  const definitions = await definitionsFor(client, waiting, call);
  const namespaces = await namespacesOf(client, waiting, call);
  const { key, value } = annotationKeys.multusNamespace;
  const optedIn = new Set(
    namespaces.flatMap(({ metadata }) => (metadata.labels?.[key] === value ? metadata.name : [])),
  );
  const stuck = waiting.map(async (pod): Promise<StuckPod> => {
    const warning = await read(() => readWarning(client, pod, call));
    return {
      ...pod,
      ownDefinitions: pod.selects.filter((name) => definitions.ours.has(name)),
      missingDefinitions: pod.selects.filter(
        (name) => !definitions.all.has(name) && !definitions.unread.has(placeOf(name)),
      ),
      isOptedIn: optedIn.has(pod.namespace),
      lastWarning: "value" in warning ? warning.value : undefined,
    };
  });
  const all = await Promise.all(stuck);
  return all.filter((pod) => pod.hasRequest || pod.ownDefinitions.length + pod.missingDefinitions.length > 0);
}

/** All definitions, or those of the namespaces that matter for one who may not list them all; and the namespaces that may not be read. */
async function definitionsFor(client: ApiClient, waiting: readonly WaitingPod[], call: CallOptions) {
  const api = new ResourceApi(client, resources.networkAttachmentDefinitions);
  const named = new Set(waiting.flatMap(({ selects }) => selects.map(placeOf)));
  const unread = new Set<string>();
  const readOne = (namespace: string) =>
    elseOf(
      () => api.listInstalled({ namespace }, call),
      () => {
        unread.add(namespace);
        return Promise.resolve([]);
      },
    );
  const objects = await elseOf(
    () => api.listInstalled({}, call),
    async () => (await Promise.all([...named].map(readOne))).flat(),
  );
  return { ...readDefinitions(objects), unread };
}

/** The namespace of a definition that is named as `namespace/name`. */
function placeOf(definition: string): string {
  return definition.replace(/\/.*/, "");
}

async function namespacesOf(client: ApiClient, waiting: readonly WaitingPod[], call: CallOptions) {
  const api = new ResourceApi(client, resources.namespaces);
  const named = new Set(waiting.map(({ namespace }) => namespace));
  return await elseOf(
    async () => (await api.list({}, call)).items,
    () => Promise.all([...named].map((name) => api.get({ name }, call))),
  );
}

/** Reads less for one who lacks the right to read all. */
async function elseOf<T>(all: () => Promise<T>, less: () => Promise<T>): Promise<T> {
  try {
    return await all();
  } catch (caught) {
    if (missingRight(caught) === undefined) throw caught;
    return await less();
  }
}

const event = z.looseObject({
  type: z.string().nullish(),
  message: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
});

async function readWarning(client: ApiClient, { namespace, uid }: WaitingPod, call: CallOptions) {
  const selection = { namespace, fieldSelector: `involvedObject.uid=${uid}` };
  const { items } = await new ResourceApi(client, resources.events).list(selection, call);
  const warnings = items.map((item) => event.parse(item)).filter(({ type }) => type === "Warning");
  const whenOf = ({ lastTimestamp, eventTime }: z.infer<typeof event>): string => lastTimestamp ?? eventTime ?? "";
  return warnings.sort((a, b) => (whenOf(a) < whenOf(b) ? 1 : -1))[0]?.message ?? undefined;
}

const networkStatus = z.looseObject({
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ type: z.string(), message: z.string().nullish() })).nullish() })
    .nullish(),
});

export function deletingNetworks(objects: readonly KubeObject[], nowMs: number): readonly DeletingNetwork[] {
  return objects.flatMap((object): readonly DeletingNetwork[] => {
    const { namespace = "", name, deletionTimestamp } = object.metadata;
    if (deletionTimestamp === undefined) return [];
    const sinceMs = nowMs - Date.parse(deletionTimestamp);
    if (!(sinceMs >= usualDeletionMs)) return [];
    const conditions = networkStatus.safeParse(object).data?.status?.conditions ?? [];
    return [{ namespace, name, sinceMs, why: conditions.find(({ type }) => type === "Ready")?.message ?? "" }];
  });
}

/** The chains that are not Ready, or that lack something. */
export function brokenChains(objects: readonly KubeObject[]): readonly BrokenObject[] {
  return objects.map(projectChain).flatMap(({ namespace, name, status }): readonly BrokenObject[] => {
    const conditions = status?.conditions ?? [];
    const degraded = conditions.find(({ type, status: holds }) => type === "Degraded" && holds === "True");
    const ready = conditions.find(({ type }) => type === "Ready");
    if (degraded === undefined && ready?.status === "True") return [];
    return [{ namespace, name, why: degraded?.message ?? ready?.message ?? "" }];
  });
}

/** The policies with a fault, or that select nobody, or allow a port that nobody has. Policies for networks of others are well. */
export function oddPolicies(views: readonly PolicyView[]): readonly OddPolicy[] {
  return views.flatMap(({ policy: { namespace, name }, networks, problems }): readonly OddPolicy[] => {
    const empty = networks.find(({ pods }) => pods.length === 0);
    const why = problems[0]?.message ?? (empty && `no pod on ${empty.network} has the labels that it selects`);
    return why === undefined ? [] : [{ namespace, name, why }];
  });
}

/** The taps that do not copy all packets of all sources. */
export function brokenTaps(objects: readonly KubeObject[]): readonly BrokenObject[] {
  return objects.map(projectTap).flatMap(({ namespace, name, status }): readonly BrokenObject[] => {
    const ready = readyCondition(status);
    return ready?.status === "True" ? [] : [{ namespace, name, why: ready?.message ?? "" }];
  });
}

const replicaSet = z.looseObject({
  status: z
    .looseObject({
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});
const owners = z.array(z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().nullish() }));

/** The names of our webhooks and policies, as the API server quotes them. */
const ours = /\.ovn4nfv\.opnfv\.org"|ValidatingAdmissionPolicy 'ovn4nfv/;

export function refusedWorkloads(objects: readonly KubeObject[]): readonly RefusedWorkload[] {
  return objects.flatMap((object): readonly RefusedWorkload[] => {
    const { namespace = "", name } = object.metadata;
    const conditions = replicaSet.parse(object).status?.conditions ?? [];
    const failure = conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
    const message = failure?.message ?? "";
    if (!ours.test(message)) return [];
    const [owner] = owners
      .catch([])
      .parse(object.metadata["ownerReferences"])
      .filter((each) => each.controller === true);
    const { kind, name: ownerName } = owner ?? { kind: "ReplicaSet", name };
    return [
      { workload: `${kind} ${namespace}/${ownerName}`, message: message.replace(/^.*denied the request: /s, "") },
    ];
  });
}
