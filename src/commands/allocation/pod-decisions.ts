import { definitionKey } from "#src/api/multus/multus-selection.ts";
import type { Clock } from "#src/core/clock.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { PodDecisionOptions } from "#src/pods/allocate-for-pod.ts";
import { decideByRequest } from "#src/pods/decide-by-request.ts";
import { decideBySelections } from "#src/pods/decide-by-selections.ts";
import { ReservationCap } from "#src/pods/networks/reservation-cap.ts";
import { decideChange } from "#src/pods/plug/decide-change.ts";
import type { DecideChange, DecidePod } from "#src/pods/pod-decision.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import type { CommandConfig } from "../flags/flags.ts";

type DefinitionConfig = Pick<CommandConfig<"admit">, "attach" | "nadNamespace" | "nadName" | "otherNads">;

/**
 * Only the webhook has a cap: an operator runs `admit`, and the pods of late allocation exist, so that nobody can fill a
 * pool with creates that are refused afterwards.
 */
type DecisionConfig = DefinitionConfig &
  Partial<Pick<CommandConfig<"webhook">, "excludedNamespaces" | "maxOpenReservations">>;

export interface PodDecisionParts
  extends Pick<
    PodDecisionOptions,
    "gate" | "carriedWires" | "claims" | "ordinals" | "definitions" | "signer" | "logger"
  > {
  readonly allocator: PodDecisionOptions["allocator"] & Pick<NbAllocator, "reservations">;
  readonly clock: Clock;
  /** The keys by which results of stored pods are verified; without them no stored pod is changed. */
  readonly keys?: TokenKeys | undefined;
}

/** Decides about pods in each of the two ways in which a pod can ask. */
export interface PodDecisions {
  readonly byRequest: DecidePod;
  readonly bySelections: DecidePod;
  /** Decides about stored pods whose selections change. */
  readonly byChange: DecideChange;
}

/** Puts together, from the flags, what decides about pods. */
export function podDecisions(config: DecisionConfig, parts: PodDecisionParts): PodDecisions {
  const {
    allocator,
    gate,
    carriedWires,
    claims,
    ordinals,
    definitions,
    signer,
    clock,
    logger,
    keys = new Map(),
  } = parts;
  const { index, reservations } = allocator;
  const { nadNamespace: namespace, nadName: name, maxOpenReservations: maxOpen = 0 } = config;
  const options: PodDecisionOptions = {
    allocator,
    cap: new ReservationCap({ index, reservations, clock, maxOpen }),
    gate,
    carriedWires,
    claims,
    ordinals,
    signer,
    logger,
    definition: config.attach === "multus" ? { namespace, name } : undefined,
    definitions,
    excludedNamespaces: new Set(config.excludedNamespaces),
  };
  return {
    byRequest: decideByRequest(options),
    bySelections: decideBySelections(options),
    byChange: decideChange({ ...options, keys }),
  };
}

/** The names (`namespace/name`) of the definitions that are ours whatever is in them. */
export function ownDefinitionNames(config: DefinitionConfig): readonly string[] {
  const { nadNamespace: namespace, nadName: name, otherNads } = config;
  return [definitionKey({ namespace, name }), ...otherNads];
}
