import { changeIn, type RowChange } from "ovsdb-client";
import { parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { loadBalancer, nat } from "#src/ovn/nb-tables.ts";
import { type AddressKey, addressKey, type HolderKey } from "./address-key.ts";
import { type NonPortHolder, Holders } from "./holders.ts";

/**
 * Addresses that answer on a network without being a port's: those of NAT rules and load balancers, and the MACs that
 * chassis answer with for them (`external_mac` of a distributed NAT rule). NB does not say which switch
 * they are seen on, so they are kept out of every network whose subnet holds them.
 */
export class VirtualAddresses {
  readonly #holders = new Holders<HolderKey>();
  /** By row UUID: what is taken back when the row changes. */
  readonly #byRow = new Map<string, { readonly fixture: NonPortHolder; readonly keys: readonly HolderKey[] }>();

  /** Takes over a change of a NAT or Load_Balancer row, and gives its new addresses; other tables are passed over. */
  apply(change: RowChange): readonly AddressKey[] {
    const natChange = changeIn(nat, change);
    const balancerChange = changeIn(loadBalancer, change);
    if (natChange !== undefined) {
      const { after } = natChange;
      const texts = after && [after.external_ip, after.external_mac ?? ""];
      return this.#replace(change.uuid, "NAT address", after?.external_ip ?? "", texts);
    }
    if (balancerChange !== undefined) {
      const { after } = balancerChange;
      return this.#replace(
        change.uuid,
        "load balancer address",
        after?.name ?? "",
        after && [...after.vips.keys()].map(hostOf),
      );
    }
    return [];
  }

  /** What the address or MAC belongs to, if anything. */
  of(key: HolderKey): NonPortHolder | undefined {
    const holder = this.#holders.first(key);
    return typeof holder === "object" ? holder : undefined;
  }

  #replace(
    uuid: string,
    kind: NonPortHolder["kind"],
    name: string,
    texts: readonly string[] | undefined,
  ): readonly AddressKey[] {
    const before = this.#byRow.get(uuid);
    if (before !== undefined) {
      for (const key of before.keys) this.#holders.remove(key, before.fixture);
      this.#byRow.delete(uuid);
    }
    if (texts === undefined) return [];
    const fixture: NonPortHolder = { kind, name };
    const keys = texts.map(keyOf).filter((key) => key !== undefined);
    for (const key of keys) this.#holders.add(key, fixture);
    this.#byRow.set(uuid, { fixture, keys });
    // Not the MACs: an owner may let a chassis answer with the MAC of the very port behind the rule.
    return keys.filter((key) => typeof key !== "string");
  }
}

function keyOf(text: string): HolderKey | undefined {
  const ip = parseIp(text);
  return ip === undefined ? parseMac(text) : addressKey(ip);
}

/** The address of a load balancer's key: `10.0.0.1:80`, `[fd00::1]:80`, or bare. ovn-nb(5) Load_Balancer `vips`. */
function hostOf(vip: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(vip)?.[1];
  if (bracketed !== undefined) return bracketed;
  const isIpv4 = vip.includes(".");
  return isIpv4 ? (vip.split(":")[0] ?? vip) : vip;
}
