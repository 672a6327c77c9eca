// Reads which versions of Open vSwitch and ovn-controller the nodes have, from the metrics of their agents.
import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import { hasCode } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { resourcePath, resources } from "#src/kube/client/resources.ts";

/** The versions on a node, as its agent says; one is undefined while the agent does not know it. */
export interface NodeVersions {
  readonly node: string;
  /** The version of the agent itself. */
  readonly agent: string | undefined;
  readonly ovs: string | undefined;
  readonly ovnController: string | undefined;
}

const agentPod = z.looseObject({
  spec: z.looseObject({
    nodeName: z.string().default(""),
    containers: z.array(
      z.looseObject({
        args: z.array(z.string()).default([]),
        ports: z.array(z.looseObject({ name: z.string().default(""), containerPort: z.number() })).default([]),
      }),
    ),
  }),
  status: z.looseObject({ podIP: z.string().default("") }).default({ podIP: "" }),
});
type AgentPod = z.output<typeof agentPod> & Pick<KubeObject, "metadata">;

/** Asks the agents for their metrics, through the API server. Throws `KubeApiError` when a right is missing. */
export async function readNodes(
  client: ApiClient,
  agents: readonly KubeObject[],
  call: CallOptions,
): Promise<readonly NodeVersions[]> {
  return Promise.all(oneOfEachNode(agents).map((pod) => readNode(client, pod, call)));
}

/** While one agent takes a node over from another, it has two pods, and the address of either leads to the one that serves. */
function oneOfEachNode(agents: readonly KubeObject[]): readonly AgentPod[] {
  const byNode = new Map<string, AgentPod>();
  for (const object of agents) {
    const pod = { ...agentPod.parse(object), metadata: object.metadata };
    const { nodeName } = pod.spec;
    if ((byNode.get(nodeName)?.status.podIP ?? "") === "") byNode.set(nodeName, pod);
  }
  return [...byNode.values()];
}

/** Agents of before say their port in their pod, and later ones among their flags. */
function portOf({ spec: { containers } }: AgentPod): number {
  const ports = containers.flatMap((container) => container.ports);
  const declared = ports.find(({ name }) => name === "operations")?.containerPort;
  const args = containers.flatMap((container) => container.args).join("\n");
  return declared ?? Number(/^--operations-listen=.*:(\d+)$/m.exec(args)?.[1] ?? 9440);
}

async function readNode(client: ApiClient, pod: AgentPod, call: CallOptions): Promise<NodeVersions> {
  const { spec, metadata } = pod;
  const unknown = { node: spec.nodeName, agent: undefined, ovs: undefined, ovnController: undefined };
  if (pod.status.podIP === "") return unknown;
  const { namespace, name } = metadata;
  const port = portOf(pod);
  const path = `${resourcePath(resources.pods, { namespace, name: `${name}:${port}`, subresource: "proxy" })}/metrics`;
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await client.stream({ ...call, method: "GET", path })) chunks.push(chunk);
    return { node: spec.nodeName, ...readInfo(Buffer.concat(chunks).toString("utf8")) };
  } catch (caught) {
    // An agent that does not answer is a matter of the check of agents. A right that is missing is missing for all.
    if (!hasCode(caught, "KubeApiError") || (caught.details.status ?? 0) < 500) throw caught;
    return unknown;
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
