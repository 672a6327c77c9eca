// Reads the facts that come through the API server. Each is read by itself, so that a missing right hides nothing else.
import * as z from "zod";
import { readOwnDefinition } from "#src/api/multus/attachment-definition.ts";
import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";
import { projectOvnNode } from "#src/controllers/chassis/node-chassis.ts";
import { orderChassis, projectGatewayNode } from "#src/controllers/topology/gateway-nodes.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { apiErrorDetails, isNotFound } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { Facts, NodePlace } from "./facts.ts";
import { read, readAll } from "./read.ts";
import type { StuckReads } from "./stuck/read-stuck.ts";
import type { VersionFacts } from "./read-versions.ts";
import { type InstalledPlace, listPods, type SharedReads } from "./shared-reads.ts";
import { readBackupState, readKubeOvn, readOwnDatabases } from "./read-keeping.ts";
import { readTrial } from "./read-trial.ts";
import { readEntries } from "./read-webhooks.ts";

export interface ClusterPlace extends InstalledPlace {
  /** The namespace of the trial pod. */
  readonly trialNamespace: string;
}

export type ClusterFacts = Omit<
  Facts,
  | "nowMs"
  | "ownVersion"
  | "northbound"
  | "northd"
  | "southbound"
  | "chassis"
  | "neighbours"
  | "outside"
  | keyof StuckReads
  | keyof VersionFacts
>;

const service = "ovn4nfv-webhook";

/** Reads everything at once. A read that takes longer than the deadline counts as not readable. */
export async function readCluster(place: ClusterPlace, shared: SharedReads, call: CallOptions): Promise<ClusterFacts> {
  const { client, namespace } = place;
  return readAll({
    apiServer: shared.apiServer,
    entries: read(() => readEntries(client, call)),
    installs: read(() => readInstalls(client, call)),
    serving: read(() => readServing(client, namespace, call)),
    webhooks: read(() => readPods(client, namespace, service, call)),
    controllers: read(() => readPods(client, namespace, "ovn4nfv-controller", call)),
    pages: read(() => readPods(client, namespace, "ovn4nfv-view", call)),
    trial: read(() => readTrial(client, place.trialNamespace, call)),
    leader: read(() => readLeader(client, namespace, call)),
    nodes: read(() => readNodes(client, call)),
    agents: read(async () => (await shared.agents).map(podOf)),
    definition: read(async () => definitionKind(await shared.definition, client, call)),
    backup: read(() => readBackupState(client, namespace, call)),
    ownsDatabases: read(() => readOwnDatabases(client, namespace, call)),
    kubeOvn: read(() => readKubeOvn(client, call)),
  });
}

async function readNodes(client: ApiClient, call: CallOptions): Promise<readonly NodePlace[]> {
  const [{ items }, published] = await Promise.all([
    new ResourceApi(client, resources.nodes).list({}, call),
    read(() => readPublished(client, call)),
  ]);
  const told = "value" in published ? published.value : undefined;
  return items.map(projectGatewayNode).map((node) => {
    const { systemId: id, wires } = told?.get(node.name) ?? { systemId: told === undefined ? undefined : "" };
    const place = { name: node.name, chassis: orderChassis([node], () => id)[0] ?? node.name, published: id };
    return wires === undefined || wires.length === 0 ? place : { ...place, wires };
  });
}

/** Reads the published state of each node. */
async function readPublished(client: ApiClient, call: CallOptions) {
  const { items } = await new ResourceApi(client, resources.ovnNodes).list({}, call);
  const entries = items.map((raw) => {
    const { name, systemId = "" } = projectOvnNode(raw);
    return [name, { systemId, wires: ovnNodeStatusSchema.safeParse(raw["status"]).data?.wires }] as const;
  });
  return new Map(entries);
}

/** The namespaces that have pods of our controller. */
async function readInstalls(client: ApiClient, call: CallOptions): Promise<readonly string[]> {
  const pods = await listPods(client, { name: "ovn4nfv-controller" }, call);
  return [...new Set(pods.map(({ metadata }) => metadata.namespace ?? ""))].sort();
}

const tlsSecret = z.looseObject({ data: z.looseObject({ "tls.crt": z.string() }) });

async function readServing(client: ApiClient, namespace: string, call: CallOptions) {
  const secrets = new ResourceApi(client, resources.secrets);
  const { data } = tlsSecret.parse(await secrets.get({ namespace, name: "ovn4nfv-webhook-tls" }, call));
  const chain = Buffer.from(data["tls.crt"], "base64").toString("utf8");
  return { chain, name: `${service}.${namespace}.svc` };
}

const podState = z.looseObject({
  spec: z.looseObject({ nodeName: z.string().optional(), containers: z.array(z.unknown()).optional() }),
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).optional() })
    .optional(),
});

/** The flags in arguments or environment. A file of --config is not read. */
const keptRanges = /--kept-ranges|OVN4NFV_KEPT_RANGES/;
const clientAuthority = /--client-ca-file|OVN4NFV_CLIENT_CA_FILE/;

async function readPods(client: ApiClient, namespace: string, name: string, call: CallOptions) {
  return (await listPods(client, { namespace, name }, call)).map(podOf);
}

function podOf(item: KubeObject) {
  const { spec, status } = podState.parse(item);
  const ready = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
  const containers = JSON.stringify(spec.containers ?? []);
  return {
    node: spec.nodeName ?? "",
    ready,
    namesBypassCidrs: keptRanges.test(containers),
    asksForCertificates: clientAuthority.test(containers),
  };
}

const leaseState = z.looseObject({
  spec: z.looseObject({ holderIdentity: z.string().nullish(), renewTime: z.string().nullish() }),
});

async function readLeader(client: ApiClient, namespace: string, call: CallOptions) {
  const lease = await new ResourceApi(client, resources.leases).find({ namespace, name: "ovn4nfv-controller" }, call);
  if (lease === undefined) return undefined;
  const { spec } = leaseState.parse(lease);
  if (!spec.holderIdentity || !spec.renewTime) return undefined;
  return { holder: spec.holderIdentity, renewedMs: Date.parse(spec.renewTime) };
}

const definitionState = z.looseObject({ spec: z.looseObject({ config: z.string() }) });
async function definitionKind(found: KubeObject | undefined, client: ApiClient, call: CallOptions) {
  const api = new ResourceApi(client, resources.networkAttachmentDefinitions);
  if (found === undefined) return (await isKindThere(api, call)) ? "no object" : "no kind";
  const { spec } = definitionState.parse(found);
  return readOwnDefinition(spec.config) === undefined ? "another plugin" : "ours";
}

async function isKindThere(api: ResourceApi, call: CallOptions): Promise<boolean> {
  try {
    await api.listCached({ namespace: "kube-system" }, call);
    return true;
  } catch (caught) {
    if (isNotFound(caught)) return false;
    const message = "NetworkAttachmentDefinitions cannot be listed";
    const details = apiErrorDetails(caught) ?? { reason: "", message };
    throw new AppError("KubeApiError", message, { details, cause: caught });
  }
}
