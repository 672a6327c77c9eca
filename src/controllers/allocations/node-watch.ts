import * as z from "zod";
import { Informer } from "#src/kube/informer/informer.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { NodeState } from "../allocation-rules/release-rule.ts";

interface NodeFacts {
  readonly name: string;
  readonly isOutOfService: boolean;
}

export interface NodeWatchOptions extends Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics"> {
  /** Called with the name of a node that is gone, or that got the taint. */
  readonly onLost: (node: string) => void;
}

const outOfServiceTaint = "node.kubernetes.io/out-of-service";
const nodeSpec = z.looseObject({ taints: z.array(z.looseObject({ key: z.string() })).nullish() }).nullish();

export function projectNode(raw: KubeObject): NodeFacts {
  const taints = nodeSpec.parse(raw["spec"])?.taints ?? [];
  return { name: raw.metadata.name, isOutOfService: taints.some(({ key }) => key === outOfServiceTaint) };
}

/** Tells whether anything can still run on a node. */
export class NodeWatch {
  readonly #informer: Informer<NodeFacts>;
  readonly #nodes: ResourceApi;

  constructor({ onLost, ...parts }: NodeWatchOptions) {
    this.#informer = new Informer({
      ...parts,
      name: "nodes",
      resource: resources.nodes,
      project: projectNode,
      indexers: {},
    });
    this.#nodes = new ResourceApi(parts.client, resources.nodes);
    this.#informer.addHandler({
      updated(_old, node) {
        if (node.isOutOfService) onLost(node.name);
      },
      deleted(node) {
        onLost(node.name);
      },
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#informer.run(signal);
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    return this.#informer.whenSynced({ signal });
  }

  /** Says "gone" only after a live read: the watch may be behind, and the node may have just been made. */
  async state(name: string, signal: AbortSignal): Promise<NodeState> {
    const known = this.#informer.get(name);
    if (known !== undefined) return known.isOutOfService ? "out-of-service" : "there";
    const node = await this.#nodes.find({ name }, { signal });
    if (node === undefined) return "gone";
    return projectNode(node).isOutOfService ? "out-of-service" : "there";
  }
}
