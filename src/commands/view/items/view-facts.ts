import type { OvnNodeStatus } from "#src/api/node/ovn-node-schema.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { ChainObject } from "#src/controllers/chains/chain-object.ts";
import type { ClaimObject } from "#src/controllers/claims/claim-object.ts";
import type { FloatingIpObject } from "#src/controllers/floating/floating-ip-object.ts";
import type { NetworkObject } from "#src/controllers/networks/network-object.ts";
import type { PolicyDefinition, PolicyObject } from "#src/controllers/policies/policy-objects.ts";
import type { ServiceObject } from "#src/controllers/services/service-object.ts";
import type { TapObject } from "#src/controllers/taps/tap-object.ts";
import type { UplinkObject } from "#src/controllers/uplinks/uplink-object.ts";
import type { NbReading } from "../../nb-reading.ts";

/** A node, with the words of its agent. */
export interface NodeObject {
  readonly name: string;
  readonly status: OvnNodeStatus | undefined;
}

/** A NetworkAttachmentDefinition, by which a policy may name a network. */
export interface DefinitionObject extends PolicyDefinition {
  readonly namespace: string;
  readonly name: string;
}

/** The objects of the cluster. A list is undefined when nobody may read it, and empty when the kind is not installed. */
export interface KnownObjects {
  readonly pods: readonly PodMetadata[] | undefined;
  readonly networks: readonly NetworkObject[] | undefined;
  readonly chains: readonly ChainObject[] | undefined;
  readonly taps: readonly TapObject[] | undefined;
  readonly services: readonly ServiceObject[] | undefined;
  readonly floatingIps: readonly FloatingIpObject[] | undefined;
  readonly policies: readonly PolicyObject[] | undefined;
  readonly definitions: readonly DefinitionObject[] | undefined;
  readonly claims: readonly ClaimObject[] | undefined;
  readonly uplinks: readonly UplinkObject[] | undefined;
  readonly nodes: readonly NodeObject[] | undefined;
}

export const noCluster: KnownObjects = {
  pods: undefined,
  networks: undefined,
  chains: undefined,
  taps: undefined,
  services: undefined,
  floatingIps: undefined,
  policies: undefined,
  definitions: undefined,
  claims: undefined,
  uplinks: undefined,
  nodes: undefined,
};

/** Everything from which the page is made. */
export interface ViewFacts {
  /** Undefined when the Northbound database is not read. */
  readonly nb: Pick<NbReading, "index" | "rows"> | undefined;
  /** UID of the cluster whose rows are shown; those of all clusters are when it is not known. */
  readonly clusterUid: string | undefined;
  readonly cluster: KnownObjects;
}
