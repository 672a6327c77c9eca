import type { Read } from "./read.ts";

/** One entry of a webhook configuration that leads to our webhook. */
export interface WebhookEntry {
  readonly configuration: string;
  readonly name: string;
  /** `namespace/name` of the Service that is called, or the URL. */
  readonly target: string;
  /** PEM; empty when nobody has filled it in. */
  readonly caBundle: string;
}

/** What became of a pod that asks for a network which does not exist, created as a dry run. */
export type Trial =
  | { readonly kind: "judged" }
  | { readonly kind: "not asked" }
  | { readonly kind: "no backend"; readonly message: string }
  | { readonly kind: "not reached"; readonly message: string }
  | { readonly kind: "other"; readonly message: string };

/** How an OVSDB endpoint answers to a plain connection. */
export interface EndpointState {
  readonly endpoint: string;
  readonly state: "open" | "refused" | "silent" | "absent" | "unreachable";
}

export interface ChassisState {
  readonly name: string;
  readonly hostname: string;
  /** Has its ovn-controller answered since it was asked? */
  readonly answers: boolean;
}

export interface NodeFacts {
  readonly name: string;
  /** System id that its chassis should have. */
  readonly chassis: string;
}

export interface AgentPod {
  readonly node: string;
  readonly ready: boolean;
  /** Was it given --kept-ranges? */
  readonly namesRanges: boolean;
}

/** Everything that doctor looks at, as it was read; judging it needs nothing else. */
export interface Facts {
  /** Of this machine, milliseconds since the epoch. */
  readonly nowMs: number;
  readonly apiServer: Read<{ readonly version: string; readonly nowMs: number }>;
  readonly entries: Read<readonly WebhookEntry[]>;
  /** Namespaces with controllers of ours. */
  readonly installs: Read<readonly string[]>;
  /** PEM of the certificate chain that the webhook serves, and the names that it is called by. */
  readonly serving: Read<{ readonly chain: string; readonly name: string }>;
  readonly readyWebhooks: Read<number>;
  readonly trial: Read<Trial>;
  /** The leader of the controllers, and when it last said so. */
  readonly leader: Read<{ readonly holder: string; readonly renewedMs: number } | undefined>;
  readonly nodes: Read<readonly NodeFacts[]>;
  readonly agents: Read<readonly AgentPod[]>;
  /** Of our NetworkAttachmentDefinition: whose plugin it calls, or what is missing. */
  readonly definition: Read<"ours" | "another plugin" | "no kind" | "no object">;
  readonly northbound: readonly EndpointState[];
  /** The version that northd has left in NB. */
  readonly northd: Read<string | undefined>;
  readonly southbound: readonly EndpointState[];
  readonly chassis: Read<readonly ChassisState[]>;
}
