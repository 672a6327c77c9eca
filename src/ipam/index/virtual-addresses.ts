import { changeIn, type RowChange } from "ovsdb-client";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { floatingHold, loadBalancer, nat } from "#src/ovn/nb-tables.ts";
import { scopeOfRow, serviceScopes } from "#src/ovn/rows/service-rows.ts";
import { type AddressKey, addressKey, type HolderKey } from "./address-key.ts";
import { type AddressHolder, type NonPortHolder, Holders } from "./holders.ts";

/**
 * Addresses that answer on a network and belong to no port: those of NAT rules, load balancers, FloatingIPs and Services, and the MACs with
 * which chassis answer for them (`external_mac` of a distributed NAT rule). NB does not say on which switch they are
 * seen. So they are kept out of every network whose subnet contains them.
 */
export class VirtualAddresses {
  readonly #holders = new Holders<HolderKey>();
  /** By UUID of the row, so that its addresses can be taken out when the row changes. */
  readonly #byRow = new Map<string, { readonly holder: NonPortHolder; readonly keys: readonly HolderKey[] }>();

  /**
   * Applies a change of a NAT or Load_Balancer row, or of one that holds the address of a FloatingIP or a Service, and
   * gives its new addresses. Changes of other tables are skipped.
   */
  apply(change: RowChange): readonly AddressKey[] {
    const natChange = changeIn(nat, change);
    const balancerChange = changeIn(loadBalancer, change);
    if (natChange !== undefined) {
      const { after } = natChange;
      const keys = after && [addressKeyOf(parseIp(after.external_ip)), parseMac(after.external_mac ?? "")];
      return this.#replace(change.uuid, { kind: "NAT address", name: after?.external_ip ?? "" }, keys);
    }
    if (balancerChange !== undefined) {
      const { after } = balancerChange;
      const keys = after && [...after.vips.keys()].map((vip) => addressKeyOf(vipAddress(vip)));
      const holder = { kind: "load balancer address", name: after?.name ?? "" } as const;
      const scope = after && scopeOfOurs(after.external_ids);
      return this.#replace(change.uuid, scope === undefined ? holder : { ...holder, scope }, keys);
    }
    const hold = changeIn(floatingHold, change);
    if (hold === undefined) return [];
    const ids = hold.after?.external_ids;
    // Other sets of addresses hold nothing.
    const held = ids?.get(externalId("floating-address"));
    const isService = ids !== undefined && scopeOfOurs(ids)?.startsWith(`${serviceScopes}/`) === true;
    const holder: NonPortHolder = { kind: isService ? "Service" : "FloatingIP", name: held ?? "" };
    return this.#replace(change.uuid, holder, held === undefined ? undefined : [addressKeyOf(parseIp(held))]);
  }

  /** Finds the rule or load balancer to which the address or MAC belongs. */
  of(key: HolderKey): NonPortHolder | undefined {
    const holder = this.#holders.first(key);
    return typeof holder === "object" ? holder : undefined;
  }

  /** Finds a load balancer to which the address belongs and that is not of the scope. */
  balancerOf(key: AddressKey, scope: string): NonPortHolder | undefined {
    const isBalancer = (holder: AddressHolder): holder is NonPortHolder =>
      typeof holder === "object" && holder.kind === "load balancer address" && holder.scope !== scope;
    return this.#holders.of(key).find(isBalancer);
  }

  #replace(
    uuid: string,
    holder: NonPortHolder,
    held: readonly (HolderKey | undefined)[] | undefined,
  ): readonly AddressKey[] {
    const before = this.#byRow.get(uuid);
    if (before !== undefined) {
      for (const key of before.keys) this.#holders.remove(key, before.holder);
      this.#byRow.delete(uuid);
    }
    if (held === undefined) return [];
    const keys = held.filter((key) => key !== undefined);
    for (const key of keys) this.#holders.add(key, holder);
    this.#byRow.set(uuid, { holder, keys });
    // MACs are not told: an owner may let a chassis answer with the MAC of the very port behind the rule.
    return keys.filter((key) => typeof key !== "string");
  }
}

/** The scope of a row of ours; undefined for the rows of others. */
function scopeOfOurs(ids: ReadonlyMap<string, string>): string | undefined {
  if (ids.get(externalId("owner")) !== ownerValue) return undefined;
  return scopeOfRow(ids.get(externalId("row")) ?? "");
}

function addressKeyOf(ip: IpAddress | undefined): AddressKey | undefined {
  return ip && addressKey(ip);
}
