// The objects that taps depend on, as far as taps look at them: networks of both kinds, pods and OvnNodes.
import * as z from "zod";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { type NodeTap, type NodeTapStatus, nodeTapStatusSchema, ovnNodeSpecSchema } from "#src/api/node/node-taps.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { NetworkedPod } from "../pods/networked-pod.ts";

/** A Network or ProviderNetwork as a tap may look at it. */
export interface TapNetwork {
  readonly kind: "Network" | "ProviderNetwork";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly allowTaps: readonly string[];
  /** The MTU of the wire; undefined for a Network, whose packets fit into the tunnels. */
  readonly mtu: number | undefined;
}

/** Keeps only the fields that are read. A Network that breaks a rule allows nobody. */
export function projectTapNetwork(raw: KubeObject): TapNetwork {
  const { name, namespace = "", uid } = raw.metadata;
  const config = readOrSay(() => parseNetwork({ metadata: { name, namespace, uid }, spec: raw["spec"] }));
  const allowTaps = typeof config === "string" ? [] : config.allowTaps;
  return { kind: "Network", namespace, name, uid, allowTaps, mtu: undefined };
}

/** Keeps only the fields that are read. A ProviderNetwork that breaks a rule allows nobody. */
export function projectTapProvider(raw: KubeObject): TapNetwork {
  const { name, namespace = "", uid } = raw.metadata;
  const config = readOrSay(() => parseProviderNetwork({ metadata: { name, namespace, uid }, spec: raw["spec"] }));
  const { allowTaps, mtu } = typeof config === "string" ? { allowTaps: [], mtu: undefined } : config;
  return { kind: "ProviderNetwork", namespace, name, uid, allowTaps, mtu };
}

/** A pod that may be a source or a sink. */
export type TapPod = Pick<
  NetworkedPod,
  "namespace" | "name" | "uid" | "createdAt" | "labels" | "node" | "ending" | "finished"
>;

/** A node with an agent: what is asked of it about taps, and what its agent says. */
export interface TapNode {
  readonly name: string;
  readonly uid: string;
  /** Undefined when it cannot be read: then the agent goes on with what it was asked for before. */
  readonly asked: readonly NodeTap[] | undefined;
  readonly told: readonly NodeTapStatus[];
  /** The ends of its tunnels. */
  readonly tunnels: readonly string[];
  /** The largest MTU of packets that fit into its tunnels; undefined while its agent has not said it. */
  readonly mtu: number | undefined;
}

const nodeStatusSchema = z.looseObject({
  encapIps: z.array(z.string()).default([]),
  mtu: z.int().optional(),
  taps: z.array(nodeTapStatusSchema).default([]),
});

/** Keeps only the fields that are read. */
export function projectTapNode(raw: KubeObject): TapNode {
  const { name, uid } = raw.metadata;
  const spec = ovnNodeSpecSchema.safeParse(raw["spec"] ?? {});
  const asked = spec.success ? (spec.data.taps ?? []) : undefined;
  const status = nodeStatusSchema.safeParse(raw["status"] ?? {}).data;
  return { name, uid, asked, told: status?.taps ?? [], tunnels: status?.encapIps ?? [], mtu: status?.mtu };
}

/** True when the node is asked for these taps. A list that cannot be read is another one, whatever is wanted. */
export function isAskedFor({ asked }: Pick<TapNode, "asked">, wanted: readonly NodeTap[]): boolean {
  return asked !== undefined && JSON.stringify(asked) === JSON.stringify(wanted);
}
