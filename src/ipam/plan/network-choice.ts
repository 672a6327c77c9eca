import { refusal } from "#src/core/errors.ts";
import type { PortRequest } from "../allocation.ts";
import type { PlanningView } from "./planning-view.ts";
import type { SwitchState } from "../index/switch-state.ts";

/** Finds the switch that a request names. Throws the refusal when pods of the namespace may not ask for it. */
export function findSwitch(port: PortRequest, namespace: string, view: PlanningView): SwitchState {
  const [state, second] = view.index.named(port.network);
  const at = { field: `${port.field}.name`, value: port.network };
  if (state === undefined) {
    throw refusal("UnknownNetwork", {
      ...at,
      reason: "is not the name of a network",
      remedy: "correct the name, or create the Network or logical switch first",
    });
  }
  if (second !== undefined) {
    throw refusal("UnknownNetwork", {
      ...at,
      reason: "is the name of more than one logical switch",
      remedy: "ask the networks' owner to rename all but one",
    });
  }
  const { allowedNamespaces, problem } = state.network;
  if (!view.anySwitch && allowedNamespaces !== "*" && !allowedNamespaces.has(namespace)) {
    throw refusal("NotAllowed", {
      ...at,
      reason: `does not admit pods of the namespace ${JSON.stringify(namespace)}`,
      remedy: "ask the network's owner to add the namespace to its allowed namespaces",
    });
  }
  if (problem !== undefined) {
    throw refusal("NotAllowed", { ...at, reason: problem, remedy: "ask the network's owner to correct its settings" });
  }
  return state;
}
