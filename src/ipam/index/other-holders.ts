// Says who else holds an address or a MAC on a switch. This is the only place that defines what counts as holding it.
import type { HolderKey } from "./address-key.ts";
import type { ClaimedPorts } from "./claimed-ports.ts";
import type { AddressHolder, NonPortHolder } from "./holders.ts";
import type { RecoveredAddresses, RecoveredPod } from "./recovered-addresses.ts";
import type { SwitchState } from "./switch-state.ts";
import type { VirtualAddresses } from "./virtual-addresses.ts";

/** The parts of the index that know holders which are on no switch. */
export interface HoldersOffSwitches {
  readonly virtual: Pick<VirtualAddresses, "of">;
  readonly recovered: Pick<RecoveredAddresses, "of" | "ofFloating">;
  readonly claims: Pick<ClaimedPorts, "sharesAddresses">;
}

/** A holder that NB shows: a port of the switch, or something that is no port. */
export type HolderInNb = { readonly kind: "port"; readonly uuid: string } | NonPortHolder;

export type OtherHolder =
  | HolderInNb
  /** A stored pod whose port NB lost. Nobody else may be given its address. */
  | { readonly kind: "recovered pod"; readonly pod: RecoveredPod }
  /** A plan of this process whose transaction is in flight. */
  | { readonly kind: "withheld" };

/** The reason for the question. Ports and the addresses of router ports, NAT rules and load balancers always count. */
type HolderQuestion = "plan" | "conflict check" | "known row";

interface Counted {
  readonly macsOfNat: boolean;
  readonly outsideNb: boolean;
}

const counted: Readonly<Record<HolderQuestion, Counted>> = {
  /** May this be given to a pod? A plan yields to everybody, also to those whose rows NB does not show, or not yet. */
  plan: { macsOfNat: true, outsideNb: true },
  /**
   * Was this attempt first? What is withheld for another attempt does not count: that attempt sees our rows in its own
   * check. Recovered addresses do not count either: the plan has asked for them, and while they are being read nothing
   * is committed.
   */
  "conflict check": { macsOfNat: true, outsideNb: false },
  /**
   * Does a row that NB has, or has lost, share what it holds? The MAC of a NAT rule does not count: the owner of the
   * rule may let a chassis answer with the MAC of the very port behind the rule.
   */
  "known row": { macsOfNat: false, outsideNb: false },
};

const nobody: readonly never[] = [];

/**
 * Finds those who hold the address or MAC on this switch, without `self`. Ports come first, then non-port holders,
 * then those whom NB does not show. Many NAT rules and load balancers may share one address: the first of them stands
 * for all. Every allocation asks several times, and the answer is nearly always "nobody". That answer allocates
 * nothing.
 */
export function otherHolders(
  index: HoldersOffSwitches,
  state: SwitchState,
  key: HolderKey,
  question: "plan",
  self?: AddressHolder,
): readonly OtherHolder[];
export function otherHolders(
  index: HoldersOffSwitches,
  state: SwitchState,
  key: HolderKey,
  question: "conflict check" | "known row",
  self?: AddressHolder,
): readonly HolderInNb[];
export function otherHolders(
  index: HoldersOffSwitches,
  state: SwitchState,
  key: HolderKey,
  question: HolderQuestion,
  self?: AddressHolder,
): readonly OtherHolder[] {
  const { macsOfNat, outsideNb } = counted[question];
  const isMac = typeof key === "string";
  const isOnSwitch = isMac ? state.macs.hasOther(key, self) : state.ips.hasOther(key, self);
  const virtual = isMac && !macsOfNat ? undefined : index.virtual.of(key);
  const recovered = outsideNb
    ? (index.recovered.of(state.network.name, key) ?? (isMac ? undefined : index.recovered.ofFloating(key)))
    : undefined;
  const isWithheld = outsideNb && state.withheld.has(key);
  if (!isOnSwitch && virtual === undefined && recovered === undefined && !isWithheld) return nobody;
  const onSwitch = isMac ? state.macs.of(key) : state.ips.of(key);
  const others: OtherHolder[] = onSwitch
    .filter((holder) => holder !== self && !isPartner(holder, self, index))
    .map(shown);
  if (virtual !== undefined) others.push(virtual);
  if (recovered !== undefined) others.push({ kind: "recovered pod", pod: recovered });
  if (isWithheld) others.push({ kind: "withheld" });
  return others;
}

/** Two pods of one virtual machine share its addresses while it migrates. */
function isPartner(holder: AddressHolder, self: AddressHolder | undefined, { claims }: HoldersOffSwitches): boolean {
  return typeof holder === "string" && typeof self === "string" && claims.sharesAddresses(self, holder);
}

function shown(holder: AddressHolder): HolderInNb {
  return typeof holder === "string" ? { kind: "port", uuid: holder } : holder;
}
