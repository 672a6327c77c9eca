// Networks and ProviderNetworks have this in common when they are applied: the name of a switch, which one object has.
import { refusal } from "#src/core/errors.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import type { StoredNetwork } from "#src/pods/stored/stored-networks.ts";

export interface NetworkHandlerOptions {
  readonly index: Pick<NbAllocator["index"], "named">;
  /** The objects of both kinds. */
  readonly stored: () => Iterable<StoredNetwork>;
}

/** Throws `NotAllowed` when an object of another namespace, or of the other kind, has the name. */
export function refuseTakenName(name: string, others: readonly StoredNetwork[]): void {
  const other = others.find((one) => one.name === name);
  if (other === undefined) return;
  throw refusal("NotAllowed", {
    field: "metadata.name",
    value: name,
    reason: `is the name of a ${other.kind} of the namespace ${other.namespace}, and a switch has one name in all namespaces`,
    remedy: "choose another name",
  });
}

/** Throws `NotAllowed` when there is a switch of this name already. */
export function refuseTakenSwitch(name: string, index: NetworkHandlerOptions["index"], remedy: string): void {
  if (index.named(name).length === 0) return;
  throw refusal("NotAllowed", {
    field: "metadata.name",
    value: name,
    reason: "is the name of a logical switch that is there already",
    remedy,
  });
}
