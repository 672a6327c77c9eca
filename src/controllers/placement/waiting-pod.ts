// A pod that no node takes is told which wires it needs and where they are: the scheduler's message names no label.
import * as z from "zod";
import { labelledWires } from "#src/api/provider-network/wire-label.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { nameSome } from "../conditions/conditions.ts";
import type { WiredNode } from "../wires/wire-controller.ts";

/** The part of a pod without a node that is kept. */
export interface UnplacedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The wires that a node must have, by its node selector. */
  readonly wires: readonly string[];
  /** True when the scheduler looked, and found no node. */
  readonly isRefused: boolean;
}

const podSchema = z.looseObject({
  spec: z.looseObject({ nodeSelector: z.record(z.string(), z.string()).nullish() }).nullish(),
  status: z
    .looseObject({
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});

export function projectUnplacedPod(raw: KubeObject): UnplacedPod {
  const { name, namespace = "", uid } = raw.metadata;
  const { spec, status } = podSchema.safeParse(raw).data ?? {};
  const looked = status?.conditions?.find(({ type }) => type === "PodScheduled");
  return {
    namespace,
    name,
    uid,
    wires: labelledWires(spec?.nodeSelector ?? {}).toSorted(),
    isRefused: looked?.status === "False" && looked.reason === "Unschedulable",
  };
}

/** Says for which wires the pod waits, and which nodes carry them. It completes "The pod waits for a node with". */
export function describeWaiting({ wires }: Pick<UnplacedPod, "wires">, nodes: readonly WiredNode[]): string {
  const needed = `${wires.length === 1 ? "the wire" : "the wires"} ${wires.join(" and ")}`;
  const carriers = nodes.filter((node) => wires.every((wire) => node.wires.get(wire)?.ready === true));
  if (carriers.length > 0) {
    const named = nameSome(carriers.map(({ name }) => name));
    return `${needed}. Nodes that carry ${wires.length === 1 ? "it" : "them"}: ${named}; the scheduler says why none of these takes the pod`;
  }
  const reasons = nodes.flatMap(({ name, wires: said }) =>
    wires.flatMap((wire) => {
      const known = said.get(wire);
      return known === undefined || known.ready ? [] : [`${name}: ${known.message || known.reason}`];
    }),
  );
  return `${needed}, and no node carries ${wires.length === 1 ? "it" : "them"}${reasons.length === 0 ? "" : ` (${nameSome(reasons)})`}`;
}
