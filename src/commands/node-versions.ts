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
        ports: z.array(z.looseObject({ name: z.string().default(""), containerPort: z.number() })).default([]),
      }),
    ),
  }),
});

/** Asks the agents for their metrics, through the API server. Throws `KubeApiError` when a right is missing. */
export async function readNodes(
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
