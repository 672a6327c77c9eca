import type { OvnNodeStatus } from "#src/api/node/ovn-node-schema.ts";
import type { OutsideFacts } from "./outside/read-outside.ts";
import type { Read } from "./read.ts";
import type { VersionFacts } from "./read-versions.ts";
import type {
  BrokenObject,
  DeletingNetwork,
  OddClaim,
  OddPolicy,
  OddService,
  ScarceAddresses,
  RefusedWorkload,
  StuckPod,
} from "./stuck/stuck-facts.ts";

/** One entry of a webhook configuration that leads to our webhook. */
export interface WebhookEntry {
  readonly configuration: string;
  readonly name: string;
  /** `namespace/name` of the Service that is called, or the URL. */
  readonly target: string;
  /** PEM; empty when nobody has filled it in. */
  readonly caBundle: string;
}

/** The outcome of the trial: a pod that asks for a network that does not exist, created as a dry run. */
export type Trial =
  | { readonly kind: "judged" }
  | { readonly kind: "not asked" }
  | { readonly kind: "no backend"; readonly message: string }
  | { readonly kind: "not reached"; readonly message: string }
  | { readonly kind: "other"; readonly message: string };

/** The answer of an OVSDB endpoint to a plain connection. */
export interface EndpointState {
  readonly endpoint: string;
  readonly state: "open" | "refused" | "silent" | "absent" | "unreachable";
}

export interface ChassisState {
  readonly name: string;
  readonly hostname: string;
  /** True when its ovn-controller has answered since it was asked. */
  readonly answers: boolean;
  /** The physical networks in its `ovn-bridge-mappings`; undefined when they were not read. */
  readonly mapped?: readonly string[];
}

/** An address outside whose MAC OVN has learned on a port of a router. */
export interface Neighbour {
  readonly port: string;
  readonly ip: string;
}

export interface NorthdState {
  /** The version that it has left in NB. */
  readonly version: string | undefined;
  /** False when it did not carry the question to the Southbound database; undefined when it was not asked. */
  readonly follows: boolean | undefined;
}

export interface NodePlace {
  readonly name: string;
  /** The system id that its chassis should have. */
  readonly chassis: string;
  /** The one that its agent has published, "" when there is none. Undefined when that could not be read. */
  readonly published?: string | undefined;
  /** The physical networks that it is to be connected to, as its agent says. */
  readonly wires?: OvnNodeStatus["wires"];
}

/** A pod of the webhook. */
export interface WebhookPod extends InstalledPod {
  /** True when it has the flag --client-ca-file. */
  readonly asksForCertificates: boolean;
}

/** A pod of the installation. */
export interface InstalledPod {
  /** Empty while it is on no node. */
  readonly node: string;
  readonly ready: boolean;
}

export interface AgentPod extends InstalledPod {
  /** True when it has the flag --kept-ranges. */
  readonly namesBypassCidrs: boolean;
}

/** The nightly backup of the Northbound database. */
export interface BackupState {
  readonly isSuspended: boolean;
  readonly madeMs: number;
  /** The time at which the last backup was there; undefined when none ever was. */
  readonly succeededMs: number | undefined;
}

/** The settings by which the controller of Kube-OVN deletes rows of others from the Northbound database, or spares them. */
export interface KubeOvnState {
  readonly collects: boolean;
  readonly sparesSwitches: boolean;
  readonly sparesLoadBalancers: boolean;
}

/** Everything that doctor looks at, as it was read. The checks need nothing else. */
export interface Facts extends VersionFacts {
  /** The time of this machine, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** The version of this command. Inside a pod of the installation it is that of the controllers and webhooks. */
  readonly ownVersion: string;
  readonly apiServer: Read<{ readonly version: string; readonly nowMs: number }>;
  readonly entries: Read<readonly WebhookEntry[]>;
  /** Namespaces with controllers of ours. */
  readonly installs: Read<readonly string[]>;
  /** PEM of the certificate chain that the webhook serves, and the names that it is called by. */
  readonly serving: Read<{ readonly chain: string; readonly name: string }>;
  readonly webhooks: Read<readonly WebhookPod[]>;
  readonly controllers: Read<readonly InstalledPod[]>;
  /** The pods of the cluster's page, which need not be there. */
  readonly pages: Read<readonly InstalledPod[]>;
  readonly trial: Read<Trial>;
  /** The leader of the controllers, and when it last said so. */
  readonly leader: Read<{ readonly holder: string; readonly renewedMs: number } | undefined>;
  readonly nodes: Read<readonly NodePlace[]>;
  readonly agents: Read<readonly AgentPod[]>;
  /** The plugin that our NetworkAttachmentDefinition calls, or what is missing. */
  readonly definition: Read<"ours" | "another plugin" | "no kind" | "no object">;
  /** Undefined without the CronJob. */
  readonly backup: Read<BackupState | undefined>;
  /** True with databases of our own OVN, of which nobody else makes backups. */
  readonly ownsDatabases: Read<boolean>;
  /** Undefined without Kube-OVN. */
  readonly kubeOvn: Read<KubeOvnState | undefined>;
  readonly stuckPods: Read<readonly StuckPod[]>;
  readonly stuckNetworks: Read<readonly DeletingNetwork[]>;
  readonly stuckChains: Read<readonly BrokenObject[]>;
  readonly stuckTaps: Read<readonly BrokenObject[]>;
  readonly stuckPolicies: Read<readonly OddPolicy[]>;
  readonly stuckReach: Read<readonly BrokenObject[]>;
  readonly stuckServices: Read<readonly OddService[]>;
  readonly stuckClaims: Read<readonly OddClaim[]>;
  readonly stuckAddresses: Read<readonly ScarceAddresses[]>;
  readonly stuckWorkloads: Read<readonly RefusedWorkload[]>;
  readonly northbound: readonly EndpointState[];
  readonly northd: Read<NorthdState>;
  readonly southbound: readonly EndpointState[];
  readonly chassis: Read<readonly ChassisState[]>;
  readonly neighbours: Read<readonly Neighbour[]>;
  readonly outside: Read<OutsideFacts>;
}
