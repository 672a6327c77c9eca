// Reads the versions of what works with us: Multus, CNI, cert-manager, and on each node Open vSwitch and ovn-controller.
import { z } from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import { hasCode } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type Resource, resourcePath, resources } from "#src/kube/client/resources.ts";
import { type Read, read } from "./read.ts";
import type { SharedReads } from "./shared-reads.ts";

/** The versions on a node, as its agent says; one is undefined while the agent does not know it. */
export interface NodeVersions {
  readonly node: string;
  /** The version of the agent itself. */
  readonly agent: string | undefined;
  readonly ovs: string | undefined;
  readonly ovnController: string | undefined;
}

export interface VersionFacts {
  /** The versions that stand in the names of images: undefined where there is no such workload, or no version. */
  readonly multusVersion: Read<string | undefined>;
  readonly certManagerVersion: Read<string | undefined>;
  /** `cniVersion` of our NetworkAttachmentDefinition. */
  readonly cniVersion: Read<string | undefined>;
  readonly nodeVersions: Read<readonly NodeVersions[]>;
}

const multusImage = /\/(?:[\w-]*multus(?:-cni)?):v?(?<version>\d+\.\d+[\w.]*)/;
const certManagerImage = /\/cert-manager-controller:v?(?<version>\d+\.\d+[\w.]*)/;

export async function readVersions(client: ApiClient, shared: SharedReads, call: CallOptions): Promise<VersionFacts> {
  const [multusVersion, certManagerVersion, cniVersion, nodeVersions] = await Promise.all([
    read(() => readImageVersion(client, resources.daemonSets, multusImage, call)),
    read(() => readImageVersion(client, resources.deployments, certManagerImage, call)),
    read(async () => cniVersionOf(await shared.definition)),
    read(async () => readNodes(client, await shared.agents, call)),
  ]);
  return { multusVersion, certManagerVersion, cniVersion, nodeVersions };
}

const workload = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string().default("") })) }),
    }),
  }),
});

async function readImageVersion(client: ApiClient, kind: Resource, image: RegExp, call: CallOptions) {
  const { items } = await new ResourceApi(client, kind).list({}, call);
  const images = items.flatMap((item) => workload.parse(item).spec.template.spec.containers.map((each) => each.image));
  return images.map((text) => image.exec(text)?.groups?.["version"]).find((version) => version !== undefined);
}

const definitionConfig = z.looseObject({ spec: z.looseObject({ config: z.string() }) });
const withCniVersion = z.looseObject({ cniVersion: z.string() });

function cniVersionOf(definition: KubeObject | undefined): string | undefined {
  try {
    return withCniVersion.parse(JSON.parse(definitionConfig.parse(definition).spec.config)).cniVersion;
  } catch (caught) {
    // The check of the definition itself says what is wrong with it.
    if (caught instanceof SyntaxError || caught instanceof z.ZodError) return undefined;
    throw caught;
  }
}

const agentPod = z.looseObject({
  spec: z.looseObject({
    nodeName: z.string().default(""),
    containers: z.array(
      z.looseObject({
        ports: z.array(z.looseObject({ name: z.string().default(""), containerPort: z.number() })).default([]),
      }),
    ),
  }),
});

/** Asks the agents for their metrics, through the API server. */
async function readNodes(
  client: ApiClient,
  agents: readonly KubeObject[],
  call: CallOptions,
): Promise<readonly NodeVersions[]> {
  return Promise.all(agents.map((pod) => readNode(client, pod, call)));
}

async function readNode(client: ApiClient, pod: KubeObject, call: CallOptions): Promise<NodeVersions> {
  const { spec } = agentPod.parse(pod);
  const ports = spec.containers.flatMap((container) => container.ports);
  const port = ports.find(({ name }) => name === "operations")?.containerPort ?? 9440;
  const { namespace, name } = pod.metadata;
  const path = `${resourcePath(resources.pods, { namespace, name: `${name}:${port}`, subresource: "proxy" })}/metrics`;
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await client.stream({ ...call, method: "GET", path })) chunks.push(chunk);
    return { node: spec.nodeName, ...readInfo(Buffer.concat(chunks).toString("utf8")) };
  } catch (caught) {
    // An agent that does not answer is a matter of the check of agents. A right that is missing is missing for all.
    if (!hasCode(caught, "KubeApiError") || (caught.details.status ?? 0) < 500) throw caught;
    return { node: spec.nodeName, agent: undefined, ovs: undefined, ovnController: undefined };
  }
}

/** Reads the versions from the text of the agent's metrics. */
export function readInfo(metrics: string): Omit<NodeVersions, "node"> {
  const [line = ""] = /^ovn4nfv_agent_node_info\{.*$/m.exec(metrics) ?? [];
  const label = (name: string): string | undefined => new RegExp(`[{,]${name}="([^"]+)"`).exec(line)?.[1];
  return {
    agent: label("agent_version"),
    ovs: label("ovs_version"),
    ovnController: label("ovn_controller_version"),
  };
}
