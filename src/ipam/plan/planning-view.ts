import type { Mac } from "#src/net/mac.ts";
import type { AddressIndex } from "../index/address-index.ts";
import type { AddressKey } from "../index/address-key.ts";
import type { SwitchState } from "../index/switch-state.ts";

/** Everything that the planner reads. */
export interface PlanningView {
  readonly index: AddressIndex;
  /** Monotonic time, for the cooldown of addresses. */
  readonly nowMs: number;
  /** True when a pod may ask for any switch, whatever namespaces the switch names (the rule of OVN4NFVK8s and Nodus). */
  readonly anySwitch: boolean;
  /** UID of the cluster whose IPAMClaims pods name; "" when it is absent. */
  readonly cluster?: string | undefined;
  /** The most claims with addresses that a namespace may have on one network. 0, or without it, there is no limit. */
  readonly maxClaims?: number;
}

/** The addresses and MACs that one request itself has taken so far on one switch. */
export interface Picks {
  readonly state: SwitchState;
  readonly ips: Set<AddressKey>;
  readonly macs: Set<Mac>;
  /** Next hops of its interfaces on the switch. None of them may be an address of the pod itself. */
  readonly nextHops: Set<AddressKey>;
}
