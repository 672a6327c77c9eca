import type { Mac } from "#src/net/mac.ts";
import type { AddressIndex } from "../index/address-index.ts";
import type { AddressKey } from "../index/address-key.ts";
import type { SwitchState } from "../index/switch-state.ts";

/** What the planner looks at. */
export interface PlanningView {
  readonly index: AddressIndex;
  /** Monotonic, for resting addresses. */
  readonly nowMs: number;
  /** Any switch may be asked for, whatever namespaces it names (the old plugin's rule). */
  readonly anySwitch: boolean;
}

/** What one request itself has taken so far on one switch. */
export interface Picks {
  readonly state: SwitchState;
  readonly ips: Set<AddressKey>;
  readonly macs: Set<Mac>;
  /** Next hops of its interfaces there: none may be an address of the pod itself, see src/pods/networks/network-settings.ts. */
  readonly nextHops: Set<AddressKey>;
}
