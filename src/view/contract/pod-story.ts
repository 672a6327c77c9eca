import type { ViewPod } from "./view-item.ts";

/** `GET /api/pods/<namespace>/<name>` answers a PodStory: the way of one pod from its request to its interfaces, and what is wrong. */
export interface PodStory {
  readonly pod: ViewPod;
  /** The annotations with which it asks, as they are written. */
  readonly request: readonly { readonly annotation: string; readonly value: string }[];
  /** The result that admission wrote into it. Absent while there is no result. */
  readonly result?: readonly PodStoryInterface[];
  /** All steps in their order, also those that it has not done. */
  readonly steps: readonly PodStep[];
  /** Ports as the databases have them. Absent where the Northbound database is not read. */
  readonly ports?: readonly PodStoryPort[];
  /** Events about the pod, oldest first, at most 50. */
  readonly events: readonly PodStoryEvent[];
  /** The faults that it has, in the words of `ovn4nfv doctor`. */
  readonly findings: readonly StoryFinding[];
  /** A sentence for each thing that could not be read. */
  readonly unread: readonly string[];
}

/** `admission`: ports made, result written. `bound`: the stored pod holds its ports. `add`: the CNI call came to the node. `installed`: the chassis has its flows. */
export interface PodStep {
  readonly name: "admission" | "scheduled" | "bound" | "add" | "installed";
  readonly state: "done" | "waits" | "failed" | "unknown";
  /** The time as RFC 3339. Absent where nobody has written it down. */
  readonly at?: string;
  /** Milliseconds since the step before of which a time is known. */
  readonly ms?: number;
  /** From what it is known, or why it is not, in a sentence. */
  readonly says: string;
}

/** An element of the result annotation. */
export interface PodStoryInterface {
  readonly name: string;
  readonly network: string;
  readonly port: string;
  /** With prefix length. */
  readonly addresses: readonly string[];
  readonly mac: string;
  readonly gateways: readonly string[];
  readonly mtu?: number;
  readonly routes: readonly { readonly dst: string; readonly gateway?: string }[];
}

export interface PodStoryPort {
  readonly name: string;
  readonly interface: string;
  /** Absent when the port of that name is not there. */
  readonly northbound?: { readonly network?: string; readonly addresses: readonly string[]; readonly up?: boolean };
  /** The words of the Southbound database. Absent where that is not read. */
  readonly southbound?: { readonly chassis?: string; readonly up?: boolean };
}

export interface PodStoryEvent {
  /** The time of the last occurrence, as RFC 3339. */
  readonly at?: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** The name of its writer, as `ovn4nfv-controller`. */
  readonly from: string;
}

export interface StoryFinding {
  readonly check: string;
  readonly health: "ok" | "warning" | "failed" | "unknown";
  readonly says: string;
  /** Empty when there is nothing to do. */
  readonly cure: string;
}
