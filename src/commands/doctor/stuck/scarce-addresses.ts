import { networkStatusSchema } from "#src/api/network/network-schema.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { ScarceAddresses } from "./stuck-facts.ts";

/** The part of the addresses in percent that is nearly all, as for the alerts. */
const nearlyAll = 90n;

/** Finds the networks and pools that have handed out nearly all of their addresses, by their statuses. */
export function scarceAddresses(networks: readonly KubeObject[]): readonly ScarceAddresses[] {
  return networks.flatMap(({ metadata: { namespace = "", name }, status }) => {
    const pools = networkStatusSchema.pick({ pools: true }).safeParse(status).data?.pools ?? [];
    return pools.flatMap((each): readonly ScarceAddresses[] => {
      const [used, capacity] = [countOf(each.used), countOf(each.capacity)];
      const isScarce = capacity > 0n && used * 100n > capacity * nearlyAll;
      return isScarce ? [{ namespace, name, pool: each.name, family: each.family, used, capacity }] : [];
    });
  });
}

function countOf(text: string): bigint {
  return /^[0-9]+$/.test(text) ? BigInt(text) : 0n;
}
