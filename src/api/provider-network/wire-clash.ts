import { type Cidr, cidrsOverlap, printCidr } from "#src/net/cidr.ts";
import type { ProviderNetworkConfig } from "./provider-network-config.ts";

/** Two ProviderNetworks on one wire that cannot both be there. The fields are those of the first one. */
export interface WireClash {
  readonly kind: "VlanTaken" | "SubnetOverlap";
  readonly field: string;
  readonly value: string | number | undefined;
  /** Completes the sentence that begins with the field and its value. */
  readonly reason: string;
  readonly remedy: string;
}

type OnWire = Pick<ProviderNetworkConfig, "namespace" | "name" | "physicalNetwork" | "tag" | "trunk"> & {
  readonly subnets: readonly { readonly field: string; readonly cidr: Cidr }[];
};

/** Finds the first of the others on the same wire that has the same VLAN, or a subnet that overlaps. */
export function findWireClash(config: OnWire, others: Iterable<OnWire>): WireClash | undefined {
  for (const other of others) {
    if (other.physicalNetwork !== config.physicalNetwork) continue;
    const clash = vlanClash(config, other) ?? subnetClash(config, other);
    if (clash !== undefined) return clash;
  }
  return undefined;
}

function vlanClash({ tag, trunk, physicalNetwork }: OnWire, other: OnWire): WireClash | undefined {
  if (tag !== other.tag) return undefined;
  const named = nameOf(other);
  const remedy = "choose another one, or write spec.physicalNetwork where the wires are not the same";
  if (tag !== undefined) {
    const reason = `is the VLAN of the ProviderNetwork ${named} on the physical network ${physicalNetwork}`;
    return { kind: "VlanTaken", field: "spec.vlan.vlanId", value: tag, reason, remedy };
  }
  const reason = `carries frames without a tag for the ProviderNetwork ${named} already`;
  const field = trunk ? "spec.trunk" : "spec.physicalNetwork";
  return { kind: "VlanTaken", field, value: trunk ? undefined : physicalNetwork, reason, remedy };
}

function subnetClash({ subnets, physicalNetwork }: OnWire, other: OnWire): WireClash | undefined {
  for (const { field, cidr } of subnets) {
    const taken = other.subnets.find((subnet) => cidrsOverlap(subnet.cidr, cidr));
    if (taken === undefined) continue;
    return {
      kind: "SubnetOverlap",
      field: `${field}.subnet`,
      value: printCidr(cidr),
      reason: `overlaps ${printCidr(taken.cidr)} of the ProviderNetwork ${nameOf(other)} on the physical network ${physicalNetwork}`,
      remedy: "choose another prefix",
    };
  }
  return undefined;
}

function nameOf({ namespace, name }: OnWire): string {
  return `${namespace}/${name}`;
}
