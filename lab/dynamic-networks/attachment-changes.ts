import type { NetworkSelection } from "./network-selection.ts";
import { type NetworkStatus, statusKeyOf } from "./network-status.ts";

export interface AttachmentChanges {
  /** In the order of the annotation. */
  readonly added: readonly NetworkSelection[];
  readonly removed: readonly NetworkSelection[];
}

/**
 * Finds the differences between the networks that a pod selects and the status that Multus wrote. Both are compared by definition and name
 * of the interface. The entry of the cluster's own network is left alone.
 */
export function attachmentChanges(
  selections: readonly NetworkSelection[],
  statuses: readonly NetworkStatus[],
): AttachmentChanges {
  const attached = statuses.filter((status) => status.default !== true);
  const attachedKeys = new Set(attached.map(statusKeyOf));
  const selectedKeys = new Set(selections.map(selectionKeyOf));
  return {
    added: selections.filter((selection) => !attachedKeys.has(selectionKeyOf(selection))),
    removed: attached.filter((status) => !selectedKeys.has(statusKeyOf(status))).map(selectionOf),
  };
}

function selectionKeyOf({ namespace, name, interface: ifname }: NetworkSelection): string {
  return ifname === "" ? `${namespace}/${name}` : `${namespace}/${name}/${ifname}`;
}

/** A DEL is made from the status alone: addresses and arguments of the ADD are not repeated. */
function selectionOf({ name: key, interface: ifname = "" }: NetworkStatus): NetworkSelection {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name, interface: ifname };
}
