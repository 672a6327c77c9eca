import type { WaitingPod } from "./waiting-pods.ts";

/** A pod that waits for our interfaces, with what the cluster says about it. */
export interface StuckPod extends WaitingPod {
  /** Definitions that it selects, as `namespace/name`: those of our plugin, and those that are not there. */
  readonly ownDefinitions: readonly string[];
  readonly missingDefinitions: readonly string[];
  /** True when its namespace lets Multus selections ask. */
  readonly isOptedIn: boolean;
  /** The last warning about it; undefined when there is none, or when nobody may read it. */
  readonly lastWarning: string | undefined;
}

/** A Network that was deleted and is still there. */
export interface DeletingNetwork {
  readonly namespace: string;
  readonly name: string;
  readonly sinceMs: number;
  /** The reason, as its status has it; empty while it has none. */
  readonly why: string;
}

/** A chain or tap that does not do what it says. */
export interface BrokenObject {
  readonly namespace: string;
  readonly name: string;
  /** The reason, as its status has it; empty while it has none. */
  readonly why: string;
}

/** A network policy that does not do what its author may think. */
export interface OddPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly why: string;
}

/** A Service that is not served as its author may think. */
export interface OddService {
  readonly namespace: string;
  readonly name: string;
  readonly why: string;
  readonly cure: string;
}

/** An IPAMClaim whose addresses are not its own, or that does not go. */
export interface OddClaim {
  readonly namespace: string;
  readonly name: string;
  readonly why: string;
  readonly cure: string;
}

/** A network, or a pool of one, that has handed out nearly all of its addresses. */
export interface ScarceAddresses {
  readonly namespace: string;
  readonly name: string;
  /** Undefined for the addresses that are in no pool. */
  readonly pool: string | undefined;
  readonly family: "IPv4" | "IPv6";
  readonly used: bigint;
  readonly capacity: bigint;
}

/** A workload that gets no pods because we refuse them. */
export interface RefusedWorkload {
  /** Kind, namespace and name: `Deployment default/web`. */
  readonly workload: string;
  readonly message: string;
}

/** The things that users wait for, in the words of the cluster. */
export interface StuckFacts {
  readonly pods: readonly StuckPod[];
  readonly networks: readonly DeletingNetwork[];
  readonly chains: readonly BrokenObject[];
  readonly taps: readonly BrokenObject[];
  readonly policies: readonly OddPolicy[];
  /** Networks that let in nobody, or only one way. */
  readonly reach: readonly BrokenObject[];
  readonly services: readonly OddService[];
  readonly claims: readonly OddClaim[];
  readonly addresses: readonly ScarceAddresses[];
  readonly workloads: readonly RefusedWorkload[];
}
