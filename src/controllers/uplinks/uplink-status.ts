import type { UplinkStatus } from "#src/api/uplink/uplink-schema.ts";
import { condition, datedCondition, type UndatedCondition } from "../conditions/conditions.ts";
import type { UplinkObject } from "./uplink-object.ts";

const redundant = "Redundant";

/** The outcome for an Uplink: one word for `reason`, and a sentence for people. */
export type UplinkOutcome =
  | {
      readonly kind: "made";
      /** With another reason than `Created` the gateway is in NB, and nothing leaves by it yet. */
      readonly reason: "Created" | "WaitsForNode";
      readonly message: string;
      readonly addresses: readonly string[];
      readonly joinAddresses: readonly string[];
      readonly chassis: readonly string[];
      /** Says of a pair of chassis whether one can take over from the other. */
      readonly redundancy?: UndatedCondition | undefined;
    }
  | {
      readonly kind: "refused";
      readonly reason: "Invalid" | "NameTaken" | "WaitsForProvider" | "AddressInUse" | "WaitsForJoinAddress";
      readonly message: string;
    }
  | { readonly kind: "deleting"; readonly reason: "InUse"; readonly message: string };

/** The condition of an Uplink with two chassis: OVN alone lets neither of them carry on without the other. */
export function redundancyOfPair(
  pair: readonly string[],
  out: string | undefined,
  {
    seesChassis,
    disputed,
  }: {
    /** False where nobody named the Southbound database. */
    readonly seesChassis: boolean;
    /** Nodes that publish a chassis of the pair when nobody can say whose it is. */
    readonly disputed: readonly string[];
  },
): UndatedCondition {
  if (out !== undefined) {
    const survivor = pair.find((one) => one !== out) ?? "";
    const message = `${survivor} carries the uplink alone, because the chassis ${out} is gone. It comes back by itself`;
    return condition(redundant, false, "MemberOut", message);
  }
  if (seesChassis && disputed.length > 0) {
    const message = `${disputed.join(" and ")} publish the same chassis, and neither takes over while nobody can say whose it is: see their Events`;
    return condition(redundant, false, "ChassisDisputed", message);
  }
  if (seesChassis) return condition(redundant, true, "BothMembers", "");
  const message =
    "ovn4nfv-controller does not see the Southbound database, so that neither of two chassis takes over when it is the last: " +
    "set OVN4NFV_SB, or let a third node carry the uplink";
  return condition(redundant, false, "NoSouthbound", message);
}

/** Makes the status to write. Equal facts give an equal status. */
export function uplinkStatus(
  outcome: UplinkOutcome,
  { generation, status: before }: Pick<UplinkObject, "generation" | "status">,
  now: string,
): UplinkStatus {
  const ready = condition("Ready", outcome.reason === "Created", outcome.reason, outcome.message);
  const more = outcome.kind === "made" ? outcome.redundancy : undefined;
  const conditions = [ready, ...(more === undefined ? [] : [more])].map((one) =>
    datedCondition(one, generation, before, now),
  );
  if (outcome.kind !== "made") return { ...before, observedGeneration: generation, conditions };
  const { addresses, chassis, joinAddresses } = outcome;
  return {
    observedGeneration: generation,
    conditions,
    columns: { addresses: addresses.join(" "), chassis: chassis.join(" ") },
    joinAddresses: [...joinAddresses],
    gatewayChassis: [...chassis],
  };
}
