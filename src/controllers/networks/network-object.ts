import * as z from "zod";
import { type NetworkStatus, networkStatusSchema, storedNetworkSpecSchema } from "#src/api/network/network-schema.ts";
import {
  type ProviderNetworkStatus,
  providerNetworkStatusSchema,
} from "#src/api/provider-network/provider-network-schema.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";
import { resources } from "#src/kube/client/resources.ts";

/** The status of an object of either kind: the fields that they share, and those of one kind. */
export type NetworkObjectStatus = Omit<NetworkStatus, "columns"> &
  Pick<ProviderNetworkStatus, "physicalNetwork" | "chosenNode" | "nodes" | "uplinks" | "routerAddresses"> & {
    readonly columns?: NetworkStatus["columns"] | ProviderNetworkStatus["columns"];
  };

/** Our finalizer on both kinds. */
export const networkFinalizer = "k8s.plugin.opnfv.org/network";

/** The kinds of objects that become a switch, each with the finalizer that Nodus left on objects that it made. */
export const networkKinds = {
  Network: { resource: resources.networks, statusSchema: networkStatusSchema, nodusFinalizer: "nfnCleanUpNetwork" },
  ProviderNetwork: {
    resource: resources.providerNetworks,
    statusSchema: providerNetworkStatusSchema,
    nodusFinalizer: "nfnCleanUpProviderNetwork",
  },
} as const;

export type NetworkKind = keyof typeof networkKinds;

/** The part of an object that is kept: its spec as it was sent, and the fields that the controller needs. */
export interface NetworkObject extends ObjectLife {
  readonly kind: NetworkKind;
  readonly namespace: string;
  readonly name: string;
  /** The object's metadata, for conditional patches, and its spec. */
  readonly object: KubeObject;
  /** The namespaces whose Networks it lets in, whatever else is wrong with its spec. They are read once, since many ask for them. */
  readonly reachingNamespaces: readonly string[];
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: NetworkObjectStatus | undefined;
}

/** Keeps only the fields that are read. */
export function projectNetwork(raw: KubeObject, kind: NetworkKind = "Network"): NetworkObject {
  const { name, namespace = "", uid, resourceVersion, finalizers = [] } = raw.metadata;
  return {
    ...objectLife(raw),
    kind,
    namespace,
    name,
    object: { metadata: { name, namespace, uid, resourceVersion, finalizers }, spec: raw["spec"] },
    reachingNamespaces: kind === "Network" ? readReachingNamespaces(raw["spec"]) : [],
    status: networkKinds[kind].statusSchema.safeParse(raw["status"]).data,
  };
}

/** True when the finalizer is ours, or the one that Nodus left. */
export function isOwnFinalizer(kind: NetworkKind, finalizer: string): boolean {
  return finalizer === networkFinalizer || finalizer === networkKinds[kind].nodusFinalizer;
}

const reachSchema = storedNetworkSpecSchema.pick({ reachableFrom: true }).loose();

function readReachingNamespaces(spec: unknown): readonly string[] {
  return reachSchema.safeParse(spec).data?.reachableFrom?.namespaces ?? [];
}

const uplinkSchema = z.looseObject({ uplink: z.string().optional() });

/** The Uplink that the Network names, whatever else is wrong with its spec. */
export function uplinkOf({ object }: Pick<NetworkObject, "object">): string | undefined {
  return uplinkSchema.safeParse(object["spec"]).data?.uplink;
}
