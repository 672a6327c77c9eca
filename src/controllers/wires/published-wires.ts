import * as z from "zod";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

/** The word of a node's agent on one wire. */
export interface PublishedWire {
  readonly interface: string | undefined;
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface WireNode {
  readonly name: string;
  /** By physical network. Undefined while the agent has said nothing about wires. */
  readonly wires: ReadonlyMap<string, PublishedWire> | undefined;
}

const conditionSchema = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
});

const wireSchema = z.looseObject({
  physicalNetwork: z.string(),
  interface: z.string().nullish(),
  conditions: z.array(conditionSchema).nullish(),
});

const statusSchema = z.looseObject({ wires: z.array(wireSchema).nullish() }).nullish();

/** Reads what an OvnNode says about wires. A status that cannot be read says nothing. */
export function projectWireNode(raw: KubeObject): WireNode {
  const wires = statusSchema.safeParse(raw["status"]).data?.wires;
  const known = wires?.map((wire) => [wire.physicalNetwork, judged(wire)] as const);
  return { name: raw.metadata.name, wires: known === undefined ? undefined : new Map(known) };
}

/** A wire is ready when the agent says so, and nothing that a network on it needs is missing. */
function judged({ interface: name, conditions }: z.output<typeof wireSchema>): PublishedWire {
  const all = conditions ?? [];
  const ready = all.find(({ type }) => type === "Ready");
  const wrong = ready?.status === "True" ? all.find(({ status }) => status === "False") : ready;
  const { reason, message } = wrong ?? ready ?? { reason: "NotReported", message: "" };
  return { interface: name ?? undefined, ready: ready?.status === "True" && wrong === undefined, reason, message };
}
