import { changeIn, type RowChange } from "ovsdb-client";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { floatingHold, loadBalancer, nat } from "#src/ovn/nb-tables.ts";
import { type AddressKey, addressKey, type HolderKey } from "./address-key.ts";
import { type AddressHolder, type NonPortHolder, Holders } from "./holders.ts";

/**
 * Addresses that answer on a network and belong to no port: those of NAT rules, load balancers and FloatingIPs, and the MACs with
 * which chassis answer for them (`external_mac` of a distributed NAT rule). NB does not say on which switch they are
 * seen. So they are kept out of every network whose subnet contains them.
 */
export class VirtualAddresses {
  readonly #holders = new Holders<HolderKey>();
  /** By UUID of the row, so that its addresses can be taken out when the row changes. */
  readonly #byRow = new Map<string, { readonly holder: NonPortHolder; readonly keys: readonly HolderKey[] }>();

  /**
   * Applies a change of a NAT or Load_Balancer row, or of one that holds the address of a FloatingIP, and gives its new
   * addresses. Changes of other tables are skipped.
   */
  apply(change: RowChange): readonly AddressKey[] {
    const natChange = changeIn(nat, change);
    const balancerChange = changeIn(loadBalancer, change);
    if (natChange !== undefined) {
      const { after } = natChange;
      const keys = after && [addressKeyOf(parseIp(after.external_ip)), parseMac(after.external_mac ?? "")];
      return this.#replace(change.uuid, "NAT address", after?.external_ip ?? "", keys);
    }
    if (balancerChange !== undefined) {
      const { after } = balancerChange;
      const keys = after && [...after.vips.keys()].map((vip) => addressKeyOf(vipAddress(vip)));
      return this.#replace(change.uuid, "load balancer address", after?.name ?? "", keys);
    }
    const hold = changeIn(floatingHold, change);
    // Other sets of addresses hold nothing.
    const held = hold?.after?.external_ids.get(externalId("floating-address"));
    if (hold !== undefined) {
      return this.#replace(
        change.uuid,
        "FloatingIP",
        held ?? "",
        held === undefined ? undefined : [addressKeyOf(parseIp(held))],
      );
    }
    return [];
  }

  /** Finds the rule or load balancer to which the address or MAC belongs. */
  of(key: HolderKey): NonPortHolder | undefined {
    const holder = this.#holders.first(key);
    return typeof holder === "object" ? holder : undefined;
  }

  /** Finds the load balancer to which the address belongs. */
  balancerOf(key: AddressKey): NonPortHolder | undefined {
    const isBalancer = (holder: AddressHolder): holder is NonPortHolder =>
      typeof holder === "object" && holder.kind === "load balancer address";
    return this.#holders.of(key).find(isBalancer);
  }

  #replace(
    uuid: string,
    kind: NonPortHolder["kind"],
    name: string,
    held: readonly (HolderKey | undefined)[] | undefined,
  ): readonly AddressKey[] {
    const before = this.#byRow.get(uuid);
    if (before !== undefined) {
      for (const key of before.keys) this.#holders.remove(key, before.holder);
      this.#byRow.delete(uuid);
    }
    if (held === undefined) return [];
    const holder: NonPortHolder = { kind, name };
    const keys = held.filter((key) => key !== undefined);
    for (const key of keys) this.#holders.add(key, holder);
    this.#byRow.set(uuid, { holder, keys });
    // MACs are not told: an owner may let a chassis answer with the MAC of the very port behind the rule.
    return keys.filter((key) => typeof key !== "string");
  }
}

function addressKeyOf(ip: IpAddress | undefined): AddressKey | undefined {
  return ip && addressKey(ip);
}
