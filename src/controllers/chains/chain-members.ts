// The objects of which chains are made, as far as chains look at them: networks of both kinds, and pods of functions.
import * as z from "zod";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { Cidr } from "#src/net/cidr.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { NetworkedPod } from "../pods/networked-pod.ts";

/** A Network or ProviderNetwork as a chain may name it. */
export interface MemberNetwork {
  readonly kind: "Network" | "ProviderNetwork";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False for a network that never has a port on the router: isolated or adopted, without addresses, or one that breaks a rule. */
  readonly routed: boolean;
  readonly allowChains: readonly string[];
  readonly subnets: readonly Cidr[];
  /** The UID of the chain for which the network was made; undefined for one that somebody else made, or that is being deleted. */
  readonly maker: string | undefined;
}

const ownersSchema = z
  .array(z.looseObject({ kind: z.string(), uid: z.string(), controller: z.boolean().nullish() }))
  .nullish()
  .catch(undefined);

/** Keeps only the fields that are read. */
export function projectMemberNetwork(raw: KubeObject): MemberNetwork {
  const { name, namespace = "", uid, labels = {}, deletionTimestamp } = raw.metadata;
  const config = readOrSay(() => parseNetwork({ metadata: { name, namespace, uid }, spec: raw["spec"] }));
  const { routed, allowChains } = typeof config === "string" ? { routed: false, allowChains: [] } : config;
  const subnets = typeof config === "string" ? [] : config.subnets.map(({ cidr }) => cidr);
  const { kind } = resources.networkChainings;
  const owners = ownersSchema.parse(raw.metadata["ownerReferences"]) ?? [];
  const maker = owners.find((one) => one.controller === true && one.kind === kind)?.uid;
  const made = deletionTimestamp === undefined ? maker : undefined;
  return { kind: "Network", namespace, name, uid, labels, routed, allowChains, subnets, maker: made };
}

/** Keeps only the fields that are read. One that is being deleted is no member any more. */
export function projectMemberProvider(raw: KubeObject): MemberNetwork {
  const { name, namespace = "", uid, labels = {}, deletionTimestamp } = raw.metadata;
  const config = readOrSay(() => parseProviderNetwork({ metadata: { name, namespace, uid }, spec: raw["spec"] }));
  const isUsable = typeof config !== "string" && deletionTimestamp === undefined;
  const subnets = typeof config === "string" ? [] : config.subnets.map(({ cidr }) => cidr);
  const allowChains = isUsable ? config.allowChains : [];
  const routed = isUsable && subnets.length > 0;
  return { kind: "ProviderNetwork", namespace, name, uid, labels, routed, allowChains, subnets, maker: undefined };
}

/** A pod that may be a replica of a function. */
export type FunctionPod = Pick<NetworkedPod, "namespace" | "name" | "uid" | "labels" | "ready" | "ending" | "routes">;
