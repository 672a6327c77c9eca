/** The holder of an address: a port, by its UUID in NB, or something of OVN's that is no port. */
export type AddressHolder = string | NonPortHolder;

/** Something that holds an address and is no port of this switch. */
export interface NonPortHolder {
  readonly kind: "router port" | "NAT address" | "load balancer address" | "FloatingIP" | "Service";
  readonly name: string;
  /** The scope of the row of ours in NB that holds it; undefined for others. */
  readonly scope?: string;
}

const nobody: readonly AddressHolder[] = [];

/**
 * Keys and their holders. Nearly every key has one holder, which is kept bare; only several are kept as a list. With
 * 100,000 addresses this saves some 10 MB.
 */
export class Holders<K> {
  readonly #byKey = new Map<K, AddressHolder | AddressHolder[]>();

  get size(): number {
    return this.#byKey.size;
  }

  has(key: K): boolean {
    return this.#byKey.has(key);
  }

  /** All holders of the key. The list is empty when the key is free. */
  of(key: K): readonly AddressHolder[] {
    const held = this.#byKey.get(key);
    if (held === undefined) return nobody;
    return Array.isArray(held) ? held : [held];
  }

  /** The first of the holders of the key. */
  first(key: K): AddressHolder | undefined {
    const held = this.#byKey.get(key);
    return Array.isArray(held) ? held[0] : held;
  }

  /** True when anybody but `self` holds the key. */
  hasOther(key: K, self: AddressHolder | undefined): boolean {
    const held = this.#byKey.get(key);
    if (held === undefined || held === self) return false;
    return Array.isArray(held) ? held.some((holder) => holder !== self) : true;
  }

  /** Adds a holder. Gives true when the key had one already. */
  add(key: K, holder: AddressHolder): boolean {
    const held = this.#byKey.get(key);
    if (held === undefined) {
      this.#byKey.set(key, holder);
      return false;
    }
    this.#byKey.set(key, Array.isArray(held) ? [...held, holder] : [held, holder]);
    return true;
  }

  /** Takes one holder away once. Gives false, and does nothing, when it does not hold the key. */
  remove(key: K, holder: AddressHolder): boolean {
    const held = this.#byKey.get(key);
    if (held === holder) return this.#byKey.delete(key);
    const at = Array.isArray(held) ? held.indexOf(holder) : -1;
    if (!Array.isArray(held) || at < 0) return false;
    const rest = held.toSpliced(at, 1);
    const [only] = rest;
    this.#byKey.set(key, rest.length === 1 && only !== undefined ? only : rest);
    return true;
  }

  keys(): IterableIterator<K> {
    return this.#byKey.keys();
  }
}
