import type { UplinkStatus } from "#src/api/uplink/uplink-schema.ts";
import { condition, datedCondition } from "../conditions/conditions.ts";
import type { UplinkObject } from "./uplink-object.ts";

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
    }
  | {
      readonly kind: "refused";
      readonly reason: "Invalid" | "NameTaken" | "WaitsForProvider" | "AddressInUse" | "WaitsForJoinAddress";
      readonly message: string;
    }
  | { readonly kind: "deleting"; readonly reason: "InUse"; readonly message: string };

/** Makes the status to write. Equal facts give an equal status. */
export function uplinkStatus(
  outcome: UplinkOutcome,
  { generation, status: before }: Pick<UplinkObject, "generation" | "status">,
  now: string,
): UplinkStatus {
  const ready = condition("Ready", outcome.reason === "Created", outcome.reason, outcome.message);
  const conditions = [datedCondition(ready, generation, before, now)];
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
