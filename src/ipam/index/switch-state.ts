import { AddressSpace } from "#src/net/address-space.ts";
import { lastIp, printCidr } from "#src/net/cidr.ts";
import type { Family, IpAddress } from "#src/net/ip.ts";
import type { Mac } from "#src/net/mac.ts";
import { rangeHolds, rangesOverlap } from "#src/net/range.ts";
import type { NamedPool, Network, NetworkSubnet } from "#src/ovn/network.ts";
import type { PortAddresses } from "#src/ovn/ports/port-addresses.ts";
import { claimKey, type ClaimName } from "#src/ovn/claims/port-claim.ts";
import { type AddressKey, addressKey, addressOfKey, type HolderKey } from "./address-key.ts";
import { type AddressHolder, Holders } from "./holders.ts";
import { Cooldown } from "./cooldown.ts";
import { type OpenPort, OpenPorts } from "./open-ports.ts";
import { ReservationCounts } from "./reservation-counts.ts";

/** One subnet of a switch, with the addresses that are free in it and the place where automatic choice goes on. */
export interface Pool {
  readonly subnet: NetworkSubnet;
  readonly space: AddressSpace;
  /** The value of the address where the next search begins. */
  rotor: bigint;
}

/** A pool that only those get who choose it. */
export interface NamedPoolState {
  readonly name: string;
  /** One for each subnet in which it has addresses. */
  readonly pools: readonly Pool[];
  /** For each family of the network where those who choose it look: in the pool, or where it has none of the family, as everybody does. */
  readonly poolsByFamily: ReadonlyMap<Family, readonly Pool[]>;
}

const none: ReadonlyMap<string, NamedPoolState> = new Map();

export interface SwitchStateOptions {
  readonly cooldownMs: number;
  /** Gives an integer from 0 to `below - 1`: the place where the rotor of a pool starts. */
  readonly randomBelow: (below: bigint) => bigint;
}

/**
 * The knowledge of one replica about one logical switch: its network, the holders of each address and MAC in NB, and
 * what this replica itself has planned and not committed yet.
 */
export class SwitchState {
  readonly uuid: string;
  readonly ips = new Holders<AddressKey>();
  readonly macs = new Holders<Mac>();
  /** Addresses and MACs of plans of this process that are in flight. No other plan may take them. */
  readonly withheld = new Set<HolderKey>();
  readonly cooldown: Cooldown;
  readonly #openPorts = new OpenPorts();
  readonly #open = new ReservationCounts();
  /** The number of ports of each claim, by namespace. A machine that migrates has two. */
  readonly #claimPorts = new Map<string, Map<string, number>>();
  /** The claims that plans in flight give their first addresses here. */
  readonly #withheldClaims = new Map<string, ClaimName>();
  readonly #options: SwitchStateOptions;
  #network: Network;
  #pools: readonly Pool[];
  #poolsByFamily: ReadonlyMap<Family, readonly Pool[]>;
  #named = none;
  /** The pools for everybody, and those of names. */
  #every: readonly Pool[];
  #nextHops: ReadonlySet<AddressKey>;

  constructor(uuid: string, network: Network, options: SwitchStateOptions) {
    this.uuid = uuid;
    this.#options = options;
    this.cooldown = new Cooldown(options.cooldownMs);
    this.#network = network;
    this.#every = [];
    this.#pools = [];
    this.#poolsByFamily = new Map();
    this.#nextHops = new Set();
    this.configure(network);
  }

  get network(): Network {
    return this.#network;
  }

  get pools(): readonly Pool[] {
    return this.#pools;
  }

  /**
   * The pools of each family that the network has. IPv4 comes first, and within a family those with a gateway: from the
   * others a pod finds no way out.
   */
  get poolsByFamily(): ReadonlyMap<Family, readonly Pool[]> {
    return this.#poolsByFamily;
  }

  /** The pools that only those get who choose them, by name. */
  get namedPools(): ReadonlyMap<string, NamedPoolState> {
    return this.#named;
  }

  /** Where a port looks for addresses that chose the pool of this name; undefined for one that chose none. */
  poolsFor(name: string | undefined): ReadonlyMap<Family, readonly Pool[]> {
    return (name === undefined ? undefined : this.#named.get(name)?.poolsByFamily) ?? this.#poolsByFamily;
  }

  /** The pool from which automatic choice would give the address. */
  poolGiving(ip: IpAddress): Pool | undefined {
    return this.#every.find(({ space }) => space.subnet.family === ip.family && space.isUsable(ip));
  }

  /** The pool of a name whose ranges have the address, whether it can be handed out or not. */
  namedPoolOf(ip: IpAddress): NamedPoolState | undefined {
    if (this.#named.size === 0) return undefined;
    const found = this.#network.pools.find(({ ranges }) => ranges.some((range) => rangeHolds(range, ip)));
    return found && this.#named.get(found.name);
  }

  /**
   * The gateways of the network's routes. They belong to routers that NB need not know, and are given only to pods
   * that ask for them. A next hop on another switch does not count, also when the subnets overlap: each switch is a link
   * of its own, and its owner names its own routers.
   */
  get nextHops(): ReadonlySet<AddressKey> {
    return this.#nextHops;
  }

  /** Applies changed settings. The holders stay, and so do the rotors of the subnets that stay. */
  configure(network: Network): void {
    const rotors = new Map<string, bigint>();
    for (const pool of this.#pools) rotors.set(printCidr(pool.subnet.cidr), pool.rotor);
    for (const { name, pools } of this.#named.values())
      for (const pool of pools) rotors.set(`${name} ${printCidr(pool.subnet.cidr)}`, pool.rotor);
    this.#network = network;
    const inNamed = network.pools.flatMap(({ ranges }) => ranges);
    this.#pools = network.subnets.map((subnet) => {
      const space = new AddressSpace(subnet.cidr, [...unusable(subnet), ...inNamed]);
      return this.#filled(subnet, space, rotors.get(printCidr(subnet.cidr)));
    });
    this.#poolsByFamily = byFamily(this.#pools);
    this.#named =
      network.pools.length === 0
        ? none
        : new Map(network.pools.map((pool) => [pool.name, this.#namedPool(pool, network, rotors)]));
    this.#every =
      this.#named === none ? this.#pools : [...this.#pools, ...[...this.#named.values()].flatMap(({ pools }) => pools)];
    this.#nextHops = nextHopsOf(network);
    this.#open.clear();
    for (const port of this.#openPorts.values()) this.#countOpen(port, 1);
  }

  #namedPool({ name, ranges }: NamedPool, { subnets }: Network, rotors: ReadonlyMap<string, bigint>): NamedPoolState {
    const pools = subnets.flatMap((subnet): readonly Pool[] => {
      const { cidr } = subnet;
      const own = ranges.filter((range) => rangesOverlap(range, { first: cidr.first, last: lastIp(cidr) }));
      if (own.length === 0) return [];
      const space = new AddressSpace(cidr, unusable(subnet), own);
      return [this.#filled(subnet, space, rotors.get(`${name} ${printCidr(cidr)}`))];
    });
    return { name, pools, poolsByFamily: new Map([...this.#poolsByFamily, ...byFamily(pools)]) };
  }

  /** Records a holder. Gives true when somebody held one of the addresses or MACs already. */
  addHolder(holder: AddressHolder, held: PortAddresses): boolean {
    let clash = false;
    for (const ip of held.ips) {
      clash = this.ips.add(addressKey(ip), holder) || clash;
      for (const pool of this.#every) pool.space.occupy(ip);
    }
    for (const mac of held.macs) clash = this.macs.add(mac, holder) || clash;
    return clash;
  }

  removeHolder(holder: AddressHolder, held: PortAddresses): void {
    for (const ip of held.ips) {
      if (!this.ips.remove(addressKey(ip), holder)) continue;
      for (const pool of this.#every) pool.space.release(ip);
    }
    for (const mac of held.macs) this.macs.remove(mac, holder);
  }

  /** Begins the cooldown of addresses that were just released. */
  coolDown(ips: readonly IpAddress[], nowMs: number): void {
    this.endCooldowns(nowMs);
    if (this.#options.cooldownMs <= 0) return;
    for (const ip of ips) {
      this.cooldown.add(addressKey(ip), nowMs);
      for (const pool of this.#every) pool.space.coolDown(ip);
    }
  }

  /** Lets addresses be chosen again whose cooldown is over. Each one costs time once, however long the others last. */
  endCooldowns(nowMs: number): void {
    for (const key of this.cooldown.takeEnded(nowMs)) {
      for (const pool of this.#every) pool.space.endCooldown(addressOfKey(key));
    }
  }

  /**
   * Lets automatic choice go on somewhere else. Two replicas whose rotors have met would clash again and again: each passes over
   * what the other one has, to the same place.
   */
  scatter(): void {
    for (const pool of this.#every) pool.rotor = this.#randomStart(pool.space);
  }

  /** Counts a port that is not bound where it takes addresses: in the pool that has one of them, or in none. */
  openReservation(uuid: string, port: OpenPort): void {
    this.closeReservation(uuid);
    this.#openPorts.set(uuid, port);
    this.#countOpen(port, 1);
  }

  /** Counts the port no more, if it was counted. */
  closeReservation(uuid: string): void {
    const port = this.#openPorts.delete(uuid);
    if (port !== undefined) this.#countOpen(port, -1);
  }

  /** UUIDs of the ports of this allocation that are in NB and not bound. */
  openPortsOf(allocation: string): ReadonlySet<string> {
    return this.#openPorts.ofAllocation(allocation);
  }

  #countOpen({ namespace, ips }: OpenPort, by: 1 | -1): void {
    const pool = ips.map((ip) => this.namedPoolOf(ip)).find((one) => one !== undefined);
    this.#open.count(pool?.name, namespace, by);
  }

  /** The ports of pods that are in NB and not bound, counted. */
  get reservations(): Omit<ReservationCounts, "count" | "clear"> {
    return this.#open;
  }

  countClaim({ cluster, namespace, name }: ClaimName, by: 1 | -1): void {
    const key = `${cluster}/${namespace}`;
    const own = this.#claimPorts.get(key) ?? new Map<string, number>();
    const count = (own.get(name) ?? 0) + by;
    if (count === 0) own.delete(name);
    else own.set(name, count);
    if (own.size === 0) this.#claimPorts.delete(key);
    else this.#claimPorts.set(key, own);
  }

  withholdClaim(claim: ClaimName): void {
    this.#withheldClaims.set(claimKey(claim), claim);
  }

  releaseClaim(claim: ClaimName): void {
    this.#withheldClaims.delete(claimKey(claim));
  }

  /** Counts the claims of the same namespace that have addresses here, or get them by a plan in flight. */
  claimCount({ cluster, namespace }: ClaimName): number {
    const own = this.#claimPorts.get(`${cluster}/${namespace}`);
    const coming = [...this.#withheldClaims.values()].filter(
      (one) => one.cluster === cluster && one.namespace === namespace && own?.has(one.name) !== true,
    );
    return (own?.size ?? 0) + coming.length;
  }

  /** Counts the free addresses of the family that has the fewest, since a pod gets one of each family. `pool` is the one that it chose. */
  freeCount(pool?: string): bigint {
    const counts = [...this.poolsFor(pool).values()].map((pools) =>
      pools.reduce((sum, { space }) => sum + space.freeCount(), 0n),
    );
    return counts.reduce((least, count) => (count < least ? count : least), counts[0] ?? 0n);
  }

  /** Occupies in a new space what is held. */
  #filled(subnet: NetworkSubnet, space: AddressSpace, rotor: bigint | undefined): Pool {
    for (const key of this.ips.keys()) {
      const ip = addressOfKey(key);
      for (let holders = this.ips.of(key).length; holders > 0; holders -= 1) space.occupy(ip);
    }
    for (const key of this.cooldown.keys()) space.coolDown(addressOfKey(key));
    return { subnet, space, rotor: rotor ?? this.#randomStart(space) };
  }

  #randomStart(space: AddressSpace): bigint {
    return space.firstCovered() + this.#options.randomBelow(space.capacity + 1n);
  }
}

function unusable(subnet: NetworkSubnet) {
  const { gateway, excluded } = subnet;
  return gateway === undefined ? excluded : [...excluded, { first: gateway, last: gateway }];
}

function nextHopsOf({ routes }: Network): ReadonlySet<AddressKey> {
  return new Set(routes.flatMap(({ gateway }) => (gateway === undefined ? [] : [addressKey(gateway)])));
}

function byFamily(pools: readonly Pool[]): ReadonlyMap<Family, readonly Pool[]> {
  const rank = ({ subnet }: Pool): number => 2 * subnet.cidr.family + (subnet.gateway === undefined ? 1 : 0);
  const sorted = pools.toSorted((a, b) => rank(a) - rank(b));
  return Map.groupBy(sorted, (pool) => pool.subnet.cidr.family);
}
