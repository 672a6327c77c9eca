import { AppError } from "#src/core/errors.ts";
import { type Cidr, containsIp, isNetworkOrBroadcast, lastIp, printCidr, sizeOfCidr } from "./cidr.ts";
import { type IpAddress, printIp } from "./ip.ts";
import { type IpRange, mergeRanges, rangeHolds, rangesBetween } from "./range.ts";
import { SparseBits } from "./sparse-bits.ts";

/** A run of offsets from the subnet's first address. Both ends belong to it. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The occupied addresses of one subnet, and the search for a free one. An address is usable when a host may have it
 * and nobody excluded it. Time and space depend on the number of occupied addresses and excluded ranges, not on the
 * subnet's size. An address outside the subnet is never usable nor occupied: occupying or releasing it does nothing. With
 * `only`, so is an address of the subnet in none of these ranges.
 */
export class AddressSpace {
  readonly subnet: Cidr;
  /** The number of usable addresses, occupied or not. */
  readonly capacity: bigint;
  readonly #lastOffset: bigint;
  /** The spans that are not usable, in order. No two of them overlap or touch. */
  readonly #unusable: readonly Span[];
  readonly #occupied = new SparseBits();
  /** Number of holders by offset, for addresses that have more than one holder. */
  readonly #shared = new Map<bigint, number>();
  #occupiedUsable = 0;
  /** The offsets in cooldown, which may be occupied again meanwhile. */
  readonly #inCooldown = new Set<bigint>();
  /** The occupied addresses and those in cooldown. It is kept only while there are some in cooldown. */
  #avoided: SparseBits | undefined;
  /** The ranges to which the space is limited; undefined for the whole subnet. */
  readonly #only: readonly IpRange[] | undefined;

  constructor(subnet: Cidr, excluded: readonly IpRange[], only?: readonly IpRange[]) {
    this.subnet = subnet;
    this.#only = only;
    this.#lastOffset = sizeOfCidr(subnet) - 1n;
    const beside = only === undefined ? [] : rangesBetween({ first: subnet.first, last: lastIp(subnet) }, only);
    this.#unusable = unusableSpans(subnet, [...excluded, ...beside]);
    this.capacity = this.#unusable.reduce((left, { first, last }) => left - (last - first + 1n), sizeOfCidr(subnet));
  }

  /** The value of the first address that the space covers, usable or not. */
  firstCovered(): bigint {
    const { value } = this.subnet.first;
    const firsts = (this.#only ?? []).map((range) => (range.first.value < value ? value : range.first.value));
    return firsts.reduce((least, first) => (first < least ? first : least), firsts[0] ?? value);
  }

  /** Counts the usable addresses that nobody occupies. */
  freeCount(): bigint {
    return this.capacity - BigInt(this.#occupiedUsable);
  }

  isUsable(ip: IpAddress): boolean {
    return containsIp(this.subnet, ip) && this.#unusableAt(this.#offsetOf(ip)) === undefined;
  }

  isOccupied(ip: IpAddress): boolean {
    return this.#covers(ip) && this.#occupied.has(this.#offsetOf(ip));
  }

  /** Adds a holder of the address. The address need not be usable, and may be occupied already. */
  occupy(ip: IpAddress): void {
    if (!this.#covers(ip)) return;
    const offset = this.#offsetOf(ip);
    if (this.#occupied.has(offset)) {
      this.#shared.set(offset, (this.#shared.get(offset) ?? 1) + 1);
      return;
    }
    this.#occupied.add(offset);
    this.#avoided?.add(offset);
    if (this.#unusableAt(offset) === undefined) this.#occupiedUsable += 1;
  }

  /** Takes one holder away. The address is free when the last one has gone. Throws `Internal` when there was none. */
  release(ip: IpAddress): void {
    if (!this.#covers(ip)) return;
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
    if (!this.#inCooldown.has(offset)) this.#avoided?.delete(offset);
    if (this.#unusableAt(offset) === undefined) this.#occupiedUsable -= 1;
  }

  /** Begins the cooldown of an address. Does nothing when it is in cooldown already. */
  coolDown(ip: IpAddress): void {
    if (!this.#covers(ip)) return;
    const offset = this.#offsetOf(ip);
    this.#inCooldown.add(offset);
    this.#avoided ??= this.#occupied.copy();
    this.#avoided.add(offset);
  }

  /** Ends the cooldown of an address. Does nothing when it is in none. */
  endCooldown(ip: IpAddress): void {
    if (!this.#covers(ip)) return;
    const offset = this.#offsetOf(ip);
    if (!this.#inCooldown.delete(offset)) return;
    if (this.#inCooldown.size === 0) this.#avoided = undefined;
    else if (!this.#occupied.has(offset)) this.#avoided?.delete(offset);
  }

  /**
   * Finds the first usable address that is neither occupied nor blocked, nor in cooldown unless that is allowed. The search goes up from the address with the
   * value `from`, past the subnet's end to its start, once around. It begins at the start when `from` is outside the
   * subnet. `isBlocked` gets address values, and is asked only about addresses that would be taken otherwise.
   */
  nextFree(from: bigint, isBlocked?: (value: bigint) => boolean, allowsCooldown = false): IpAddress | undefined {
    if (this.freeCount() === 0n) return undefined;
    const taken = allowsCooldown ? this.#occupied : (this.#avoided ?? this.#occupied);
    const offset = from - this.subnet.first.value;
    const start = offset >= 0n && offset <= this.#lastOffset ? offset : 0n;
    return (
      this.#firstFree(taken, start, this.#lastOffset, isBlocked) ?? this.#firstFree(taken, 0n, start - 1n, isBlocked)
    );
  }

  /** Finds the last usable address that nobody occupies. The search for pods begins at the other end. */
  lastFree(): IpAddress | undefined {
    const { family, first } = this.subnet;
    for (let offset = this.#lastOffset; offset >= 0n; ) {
      const unusable = this.#unusableAt(offset);
      if (unusable === undefined && !this.#occupied.has(offset)) return { family, value: first.value + offset };
      offset = (unusable?.first ?? offset) - 1n;
    }
    return undefined;
  }

  #firstFree(
    taken: SparseBits,
    start: bigint,
    last: bigint,
    isBlocked?: (value: bigint) => boolean,
  ): IpAddress | undefined {
    const { family, first } = this.subnet;
    let offset = taken.nextClear(start);
    while (offset <= last) {
      const unusable = this.#unusableAt(offset);
      const value = first.value + offset;
      if (unusable === undefined && isBlocked?.(value) !== true) return { family, value };
      offset = taken.nextClear((unusable?.last ?? offset) + 1n);
    }
    return undefined;
  }

  /** Finds the span that makes the offset unusable, by binary search. */
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

  #covers(ip: IpAddress): boolean {
    return (
      containsIp(this.subnet, ip) && (this.#only === undefined || this.#only.some((range) => rangeHolds(range, ip)))
    );
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
