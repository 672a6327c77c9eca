import { readAdmitted } from "#src/api/network/label-selector.ts";
import { closestNamed, type HintBudget, newHintBudget } from "#src/core/closest-word.ts";
import { refusal } from "#src/core/errors.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { includesNamespace, type Network } from "#src/ovn/network.ts";
import type { PortRequest } from "../allocation.ts";
import type { PlanningView } from "./planning-view.ts";
import type { SwitchState } from "../index/switch-state.ts";

/**
 * Finds the switch that a request names. Throws the refusal when pods of the namespace may not ask for it. The ports of one pod have
 * one budget for the hint which network was meant.
 */
export function findSwitch(
  port: PortRequest,
  namespace: string,
  view: PlanningView,
  budget: HintBudget = newHintBudget(),
): SwitchState {
  const [state, second] = view.index.named(port.network);
  const at = { field: `${port.field}.name`, value: port.network };
  if (state === undefined) {
    const meant = closestNetwork(port.network, namespace, view, budget);
    throw refusal("UnknownNetwork", {
      ...at,
      reason: "is not the name of a network",
      remedy:
        meant === undefined
          ? "correct the name, or create the Network or logical switch first"
          : `did you mean ${JSON.stringify(meant)}?`,
    });
  }
  if (second !== undefined) {
    throw refusal("UnknownNetwork", {
      ...at,
      reason: "is the name of more than one logical switch",
      remedy: "ask the networks' owner to rename all but one",
    });
  }
  const { network } = state;
  if (!view.anySwitch && !includesNamespace(network.allowedNamespaces, namespace)) {
    throw refusal("NotAllowed", {
      ...at,
      reason: `does not admit pods of the namespace ${JSON.stringify(namespace)}`,
      remedy: `ask the network's owner to add the namespace to ${allowedPlace(network)}`,
    });
  }
  const { problem } = network;
  if (problem !== undefined) {
    throw refusal("NotAllowed", { ...at, reason: problem, remedy: "ask the network's owner to correct its settings" });
  }
  return state;
}

/** The place where the owner says which namespaces may join: the object, or the switch where there is none. */
function allowedPlace({ objectUid }: Network): string {
  if (objectUid !== undefined) return "spec.allowedNamespaces of the Network";
  return `external_ids:${externalId("allowed-namespaces")} of the logical switch`;
}

/** More networks than these are not looked at for one port, since a name near by is a courtesy. */
const maxVisited = 2_000;

/** Finds the network with the nearest name. The namespace learns only of networks that it may use. */
function closestNetwork(
  name: string,
  namespace: string,
  { index, anySwitch }: PlanningView,
  budget: HintBudget,
): string | undefined {
  const visited = index.switches().take(maxVisited);
  // A namespace's labels are compared only with networks whose names are near.
  const accepts = ({ network }: SwitchState): boolean => anySwitch || mayUse(network, namespace);
  return closestNamed(name, visited, { nameOf: ({ network }) => network.name, accepts, budget })?.network.name;
}

/** False also for a network that admits namespaces by their labels, which are not known here. */
function mayUse({ allowedNamespaces, namespaceSelector, problem }: Network, namespace: string): boolean {
  if (problem !== undefined) return false;
  if (namespaceSelector !== undefined) return readAdmitted(namespaceSelector)?.names.includes(namespace) === true;
  return includesNamespace(allowedNamespaces, namespace);
}
