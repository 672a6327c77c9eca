import type { NetworkStatus } from "#src/api/network/network-schema.ts";
import type { PoolUsage } from "./pool-usage.ts";

/** Chassis that may carry the way out, best first; undefined where there is none. */
type Gateway = readonly string[] | undefined;

/** What came of a Network, in one word for `reason` and a sentence for people. */
export type NetworkOutcome =
  | { readonly kind: "ready"; readonly usage: PoolUsage; readonly note: string; readonly gateway: Gateway }
  | {
      readonly kind: "refused";
      readonly reason: "Invalid" | "NameTaken" | "SubnetOverlap" | "NoSwitchToAdopt";
      readonly message: string;
    }
  | { readonly kind: "deleting"; readonly reason: "InUse"; readonly message: string };

type Condition = NonNullable<NetworkStatus["conditions"]>[number];

/** Nodus' one word for each outcome. */
const states = { ready: "Created", refused: "CreateInternalError", deleting: "Deleting" } as const;

const maxNamed = 5;

/** The status to write; times change only with what they are the time of, so that equal facts are an equal status. */
export function networkStatus(
  outcome: NetworkOutcome,
  generation: number,
  before: NetworkStatus | undefined,
  now: string,
): NetworkStatus {
  const strays = outcome.kind === "ready" ? outcome.usage.strays : [];
  const conditions = [
    outcome.kind === "ready"
      ? condition("Ready", true, "Created", outcome.note)
      : condition("Ready", false, outcome.reason, outcome.message),
    strays.length === 0
      ? condition("AddressesInRange", true, "InRange", "")
      : condition("AddressesInRange", false, "HandedOutBefore", describe(strays)),
  ];
  const usage = outcome.kind === "ready" ? { pools: [...outcome.usage.pools] } : {};
  const gateway = outcome.kind === "ready" ? outcome.gateway : before?.gatewayChassis;
  return {
    state: states[outcome.kind],
    observedGeneration: generation,
    conditions: conditions.map((one) => dated(one, generation, before, now)),
    ...(before?.pools === undefined ? {} : { pools: before.pools }),
    ...usage,
    // A list that was written once is emptied, since what a merge patch does not name stays.
    ...(gateway === undefined && before?.gatewayChassis === undefined ? {} : { gatewayChassis: [...(gateway ?? [])] }),
  };
}

/** The first names, and how many more there are. */
export function nameSome(names: readonly string[]): string {
  const shown = names.slice(0, maxNamed).join(", ");
  return names.length > maxNamed ? `${shown} and ${names.length - maxNamed} more` : shown;
}

function describe(strays: PoolUsage["strays"]): string {
  return `held though the Network would not hand them out: ${nameSome(strays.map(({ pod, address }) => `${address} (${pod})`))}`;
}

type Undated = Omit<Condition, "lastTransitionTime" | "observedGeneration">;

function condition(type: string, holds: boolean, reason: string, message: string): Undated {
  return { type, status: holds ? "True" : "False", reason, message };
}

function dated(one: Undated, generation: number, before: NetworkStatus | undefined, now: string): Condition {
  const last = before?.conditions?.find(({ type }) => type === one.type);
  const lastTransitionTime = last?.status === one.status ? last.lastTransitionTime : now;
  return { ...one, lastTransitionTime, observedGeneration: generation };
}
