import type { NetworkStatus } from "#src/api/network/network-schema.ts";
import type { PoolUsage } from "./pool-usage.ts";

/** Chassis that may carry the way out. The best comes first. Undefined where there is no way out. */
type Gateway = readonly string[] | undefined;

/** The outcome for a Network: one word for `reason`, and a sentence for people. */
export type NetworkOutcome =
  | { readonly kind: "ready"; readonly usage: PoolUsage; readonly note: string; readonly gateway: Gateway }
  | {
      readonly kind: "refused";
      readonly reason: "Invalid" | "NameTaken" | "SubnetOverlap" | "NoSwitchToAdopt";
      readonly message: string;
    }
  | { readonly kind: "deleting"; readonly reason: "InUse"; readonly message: string };

type Condition = NonNullable<NetworkStatus["conditions"]>[number];

/** Nodus' word for each outcome. */
const states = { ready: "Created", refused: "CreateInternalError", deleting: "Deleting" } as const;

const maxNamed = 5;

/**
 * Makes the status to write. A time changes only together with the fact that it belongs to, so that equal facts give
 * an equal status.
 */
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
    // A list that was written once is emptied: a merge patch keeps every field that it does not name.
    ...(gateway === undefined && before?.gatewayChassis === undefined ? {} : { gatewayChassis: [...(gateway ?? [])] }),
  };
}

/** Names the first ones, and says how many more there are. */
export function nameSome(names: readonly string[]): string {
  const shown = names.slice(0, maxNamed).join(", ");
  return names.length > maxNamed ? `${shown} and ${names.length - maxNamed} more` : shown;
}

function describe(strays: PoolUsage["strays"]): string {
  const held = nameSome(strays.map(({ pod, address }) => `${address} (${pod})`));
  return `pods hold addresses that the Network would not hand out now: ${held}`;
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
