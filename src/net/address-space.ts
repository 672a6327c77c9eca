import { AppError } from "#src/core/errors.ts";
import { type Cidr, containsIp, isNetworkOrBroadcast, lastIp, printCidr, sizeOfCidr } from "./cidr.ts";
import { type IpAddress, printIp } from "./ip.ts";
import { type IpRange, mergeRanges } from "./range.ts";
import { SparseBits } from "./sparse-bits.ts";

/** Offsets from the subnet's first address, both included. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The occupied addresses of one subnet, and the search for a free one. Usable is what a host may have and nobody
 * excluded. Time and space depend on the number of occupied addresses and excluded ranges, not on the subnet's size.
 * An address outside the subnet is never usable nor occupied: occupying or releasing it does nothing.
 */
export class AddressSpace {
  readonly subnet: Cidr;
  /** How many addresses are usable, occupied or not. */
  readonly capacity: bigint;
  readonly #lastOffset: bigint;
  /** What is not usable: disjoint, not adjacent, in order. */
  readonly #unusable: readonly Span[];
  readonly #occupied = new SparseBits();
  /** Offsets with more than one holder, and how many. */
  readonly #shared = new Map<bigint, number>();
  #occupiedUsable = 0;

  constructor(subnet: Cidr, excluded: readonly IpRange[]) {
    this.subnet = subnet;
    this.#lastOffset = sizeOfCidr(subnet) - 1n;
    this.#unusable = unusableSpans(subnet, excluded);
    this.capacity = this.#unusable.reduce((left, { first, last }) => left - (last - first + 1n), sizeOfCidr(subnet));
  }

  /** How many usable addresses nobody occupies. */
  freeCount(): bigint {
    return this.capacity - BigInt(this.#occupiedUsable);
  }

  isUsable(ip: IpAddress): boolean {
    return containsIp(this.subnet, ip) && this.#unusableAt(this.#offsetOf(ip)) === undefined;
  }

  isOccupied(ip: IpAddress): boolean {
    return containsIp(this.subnet, ip) && this.#occupied.has(this.#offsetOf(ip));
  }

  /** Adds a holder of the address; it need not be usable, and may be occupied already. */
  occupy(ip: IpAddress): void {
    if (!containsIp(this.subnet, ip)) return;
    const offset = this.#offsetOf(ip);
    if (this.#occupied.has(offset)) {
      this.#shared.set(offset, (this.#shared.get(offset) ?? 1) + 1);
      return;
    }
    this.#occupied.add(offset);
    if (this.#unusableAt(offset) === undefined) this.#occupiedUsable += 1;
  }

  /** Takes away one holder; with the last one the address is free. Throws `Internal` when there was none. */
  release(ip: IpAddress): void {
    if (!containsIp(this.subnet, ip)) return;
    const offset = this.#offsetOf(ip);
    const holders = this.#shared.get(offset);
    if (holders !== undefined) {
      if (holders > 2) this.#shared.set(offset, holders - 1);
      else this.#shared.delete(offset);
      return;
    }
    if (!this.#occupied.has(offset)) {
      throw new AppError("Internal", `${printIp(ip)} of ${printCidr(this.subnet)} was released but is not occupied`);
    }
    this.#occupied.delete(offset);
    if (this.#unusableAt(offset) === undefined) this.#occupiedUsable -= 1;
  }

  /**
   * The first usable address that is neither occupied nor blocked, going up from the address with value `from`, past
   * the subnet's end to its start, once around. A `from` outside the subnet means its start. `isBlocked` gets address
   * values and is asked only for addresses that would be taken otherwise.
   */
  nextFree(from: bigint, isBlocked?: (value: bigint) => boolean): IpAddress | undefined {
    if (this.freeCount() === 0n) return undefined;
    const offset = from - this.subnet.first.value;
    const start = offset >= 0n && offset <= this.#lastOffset ? offset : 0n;
    return this.#firstFree(start, this.#lastOffset, isBlocked) ?? this.#firstFree(0n, start - 1n, isBlocked);
  }

  #firstFree(start: bigint, last: bigint, isBlocked?: (value: bigint) => boolean): IpAddress | undefined {
    const { family, first } = this.subnet;
    let offset = this.#occupied.nextClear(start);
    while (offset <= last) {
      const unusable = this.#unusableAt(offset);
      const value = first.value + offset;
      if (unusable === undefined && isBlocked?.(value) !== true) return { family, value };
      offset = this.#occupied.nextClear((unusable?.last ?? offset) + 1n);
    }
    return undefined;
  }

  /** The span that makes the offset unusable, by binary search. */
  #unusableAt(offset: bigint): Span | undefined {
    let low = 0;
    let high = this.#unusable.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const span = this.#unusable[middle];
      if (span === undefined || offset < span.first) high = middle;
      else if (offset > span.last) low = middle + 1;
      else return span;
    }
    return undefined;
  }

  #offsetOf(ip: IpAddress): bigint {
    return ip.value - this.subnet.first.value;
  }
}

function unusableSpans(subnet: Cidr, excluded: readonly IpRange[]): readonly Span[] {
  const first = subnet.first;
  const last = lastIp(subnet);
  const edges = [first, last].filter((ip) => isNetworkOrBroadcast(subnet, ip)).map((ip) => ({ first: ip, last: ip }));
  const within = excluded.filter(
    (range) =>
      range.first.family === subnet.family && range.first.value <= last.value && range.last.value >= first.value,
  );
  return mergeRanges([...edges, ...within]).map((range) => ({
    first: range.first.value <= first.value ? 0n : range.first.value - first.value,
    last: (range.last.value >= last.value ? last.value : range.last.value) - first.value,
  }));
}
