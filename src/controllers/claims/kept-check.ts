// Puts what an IPAMClaim says under the rules for pods that ask for addresses, before a row is made of it: people may write objects.
import type { KeptFacts } from "#src/api/claim/ipam-claim.ts";
import { admitsNamespace } from "#src/api/network/label-selector.ts";
import { maxAddressesOfInterface } from "#src/api/request/requested-address.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { addressKey } from "#src/ipam/index/address-key.ts";
import { findSwitch } from "#src/ipam/plan/network-choice.ts";
import type { Picks } from "#src/ipam/plan/planning-view.ts";
import { checkRequestedAddress } from "#src/ipam/plan/requested.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { isUnicast } from "#src/net/mac.ts";
import type { ClaimName } from "#src/ovn/claims/port-claim.ts";

/** The facts about a claim that its object tells. */
export interface ToldClaim {
  readonly name: ClaimName;
  readonly kept: KeptFacts;
  readonly ips: readonly IpAddress[];
  /** The labels of its namespace. */
  readonly labels: Readonly<Record<string, string>>;
}

interface Rules {
  readonly index: AddressIndex;
  /** See `PlanningView.anySwitch`. */
  readonly anySwitch: boolean;
}

/** Gives the reason why a pod of the claim's namespace could not get these addresses; undefined when it could. */
export function whyNotGiven(told: ToldClaim, rules: Rules): string | undefined {
  const { kept, ips } = told;
  if (ips.length > maxAddressesOfInterface)
    return `the status names more than ${maxAddressesOfInterface.toString()} addresses`;
  if (!isUnicast(kept.mac)) return `${kept.mac} is a group address, which no interface can have`;
  try {
    return check(told, rules);
  } catch (caught) {
    if (!isRefusal(caught)) throw caught;
    return `${JSON.stringify(caught.details.value)} ${caught.details.reason}`;
  }
}

function check({ name, kept, ips, labels }: ToldClaim, { index, anySwitch }: Rules): string | undefined {
  const { network, mac } = kept;
  const { namespace, cluster } = name;
  const claim = { field: "status.ips", name: name.name, network, addresses: [] };
  const port = { field: "network", network, interfaceName: "", addresses: [], mac, claim };
  const view = { index, nowMs: 0, anySwitch, cluster };
  const state = findSwitch(port, namespace, view);
  const selector = state.network.namespaceSelector;
  if (selector !== undefined && !admitsNamespace(selector, namespace, labels))
    return `${JSON.stringify(network)} does not admit pods of the namespace ${JSON.stringify(namespace)}: its labels do not match`;
  const own: Picks = { state, ips: new Set(), macs: new Set(), nextHops: new Set() };
  const claimed = { claim: name, kept: undefined, addresses: [], isFirst: false, isNew: false, mac };
  for (const ip of ips) {
    checkRequestedAddress(port, { ip, prefixLength: undefined }, own, namespace, view, claimed);
    own.ips.add(addressKey(ip));
  }
  return undefined;
}
