// Keeps in memory who holds which address and MAC on each switch, from the rows of the Northbound database.
import { changeIn, type Row, type RowChange } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { allocationTables, logicalRouterPort, logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { networkFromSwitch } from "#src/ovn/switches/network-from-switch.ts";
import type { KeptClaim } from "#src/ovn/claims/claim-operations.ts";
import { type PortAddresses, portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { claimKey, claimOf } from "#src/ovn/claims/port-claim.ts";
import type { PortRef } from "#src/ovn/ports/port-operations.ts";
import { type PortOwner, portOwner } from "#src/ovn/port-ownership.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { AddressKey } from "./address-key.ts";
import { ClaimedPorts } from "./claimed-ports.ts";
import { DhcpDirectory } from "./dhcp-directory.ts";
import { FloatingAddresses } from "./floating-addresses.ts";
import { keptAddresses } from "./kept-addresses.ts";
import type { OpenPort } from "./open-ports.ts";
import { RecoveredAddresses } from "./recovered-addresses.ts";
import { type PortHolding, RouterPeers } from "./router-peers.ts";
import { SwitchDirectory } from "./switch-directory.ts";
import { SwitchState, type SwitchStateOptions } from "./switch-state.ts";
import { VirtualAddresses } from "./virtual-addresses.ts";

const waitsWith = externalId("waits-with");

type PortRow = Row<typeof logicalSwitchPort>;
type SwitchRow = Row<typeof logicalSwitch>;

/** Called synchronously while changes are applied. The functions must not throw. */
export interface AddressIndexEvents {
  /** A port with an owner of ours came into NB, or it changed, or came to a switch or left one. */
  readonly portAdded?: (uuid: string, name: string, owner: PortOwner) => void;
  readonly portRemoved?: (uuid: string, owner: PortOwner) => void;
  /** A port that was a reservation is held by a stored pod now. */
  readonly portBound?: (owner: PortOwner) => void;
  /** A reservation was bound, or its rows were removed. */
  readonly reservationEnded?: (state: SwitchState, namespace: string, how: "bound" | "removed") => void;
  /** A port came to an address or MAC that somebody else holds, or somebody else came to the address of this port. */
  readonly heldTwice?: (state: SwitchState, portUuid: string) => void;
  /** A row came to an address outside that somebody else holds. */
  readonly floatingHeldTwice?: (uuid: string) => void;
  /** A switch has this name now. */
  readonly switchAdded?: (name: string) => void;
}

export interface AddressIndexOptions extends SwitchStateOptions {
  readonly source: RowSource;
  readonly clock: Clock;
  /** The cluster whose reservations are counted. Without it those of all clusters are. */
  readonly cluster?: string | undefined;
  readonly events: AddressIndexEvents;
}

/** The effect of one message of the monitor on ports and switches, by UUID. */
interface Update {
  /**
   * The ports whose addresses are taken out wherever they were and entered wherever they are, with the rows that were
   * in the index until now.
   */
  readonly touched: Map<string, PortRow | undefined>;
  /** Ports that only got another owner. */
  readonly rebound: Map<string, RowChange<typeof logicalSwitchPort>>;
  /** Switches whose settings must be read again. */
  readonly stale: Set<string>;
}

/** Knows who holds what on which switch, and follows the NB monitor. Losing it costs a re-read, never an address. */
export class AddressIndex {
  readonly recovered = new RecoveredAddresses();
  readonly virtual = new VirtualAddresses();
  readonly claims = new ClaimedPorts();
  readonly floating: FloatingAddresses;
  readonly dhcp = new DhcpDirectory();
  readonly #options: AddressIndexOptions;
  readonly #switches = new SwitchDirectory();
  readonly #routerPeers = new RouterPeers();
  /** Allocations whose released addresses need no cooldown, since nobody was ever told of them. */
  readonly #unanswered = new Set<string>();

  constructor(options: AddressIndexOptions) {
    this.#options = options;
    this.floating = new FloatingAddresses(options);
  }

  static readonly tables = allocationTables;

  /** The switches of this name. More than one is somebody's mistake, which a refusal must tell. */
  named(name: string): readonly SwitchState[] {
    return this.#switches.named(name);
  }

  /** The switch of this UUID, whatever name it has by now. */
  switchWith(uuid: string): SwitchState | undefined {
    return this.#switches.with(uuid);
  }

  switches(): MapIterator<SwitchState> {
    return this.#switches.all();
  }

  /** The switches that a port is on: one, unless somebody put it on several. Its addresses are held on all of them. */
  switchesOf(portUuid: string): readonly SwitchState[] {
    return this.#switches.ofPort(portUuid);
  }

  /** UUIDs of the ports that are on more than one switch, whoever made them. That is somebody's mistake. */
  onSeveralSwitches(): Iterable<string> {
    return this.#switches.onSeveral();
  }

  port(uuid: string): PortRow | undefined {
    return this.#options.source.rows(logicalSwitchPort).get(uuid);
  }

  /** The port on this switch, with the rules of its addresses outside and the claim that it gives back, for those who delete it. */
  refOf(uuid: string, switchUuid: string): PortRef {
    const rules = this.floating.rulesOf(this.port(uuid)?.name ?? "");
    const keeps = this.keepsOf(uuid, switchUuid);
    return {
      uuid,
      switchUuid,
      ...(rules.length === 0 ? {} : { floating: rules }),
      ...(keeps === undefined ? {} : { keeps }),
    };
  }

  /** Gives the addresses that a row is to keep when this port goes. `hasLost` says that it gives way to somebody else. */
  keepsOf(uuid: string, switchUuid: string, hasLost = false): KeptClaim | undefined {
    return keptAddresses(this, uuid, switchUuid, hasLost);
  }

  /** While it is set, addresses of this allocation that leave NB are free at once. */
  skipCooldown(allocation: string, skip: boolean): void {
    if (skip) this.#unanswered.add(allocation);
    else this.#unanswered.delete(allocation);
  }

  /**
   * Applies all changes of one message. The order of the changes does not matter: first everything is taken out that
   * changes or goes, as it was, and then everything is entered that is there now.
   */
  apply(changes: readonly RowChange[]): void {
    const update: Update = { touched: new Map(), rebound: new Map(), stale: new Set() };
    const virtual = this.#collect(changes, update);
    for (const [uuid, row] of update.touched) if (row !== undefined) this.#detach(uuid, row, update);
    for (const change of update.rebound.values()) this.#rebind(change);
    for (const change of changes) {
      const row = changeIn(logicalSwitch, change);
      if (row !== undefined) this.#switchChanges(row, update);
    }
    const present = this.#present(update);
    for (const [uuid, row] of present) if (row.type === "router") this.#addPeer(uuid, row, update);
    for (const uuid of update.stale) this.#configure(uuid);
    for (const [uuid, row] of present) this.#attach(uuid, row);
    if (virtual.size > 0) this.#tellHolders(virtual);
  }

  #applyFloating(change: RowChange): void {
    const before = this.floating.row(change.uuid);
    const clash = this.floating.apply(change);
    if (clash !== undefined) this.#options.events.floatingHeldTwice?.(clash.uuid);
    const after = this.floating.row(change.uuid);
    if (after?.kind === "pod") this.recovered.floatingReturned(after.allocation, after.ip);
    if (before?.kind !== "pod" || after !== undefined || this.#unanswered.has(before.allocation)) return;
    this.floating.coolDown(before.ip, this.#options.clock.monotonicMs());
  }

  /** The ports that are touched and are there now, with their rows. */
  #present({ touched }: Update): readonly (readonly [uuid: string, row: PortRow])[] {
    const rows = this.#options.source.rows(logicalSwitchPort);
    const present: (readonly [string, PortRow])[] = [];
    for (const uuid of touched.keys()) {
      const row = rows.get(uuid);
      if (row !== undefined) present.push([uuid, row]);
    }
    return present;
  }

  /** Finds out what the changes touch. Gives the addresses to which NAT rules and load balancers came. */
  #collect(changes: readonly RowChange[], update: Update): ReadonlySet<AddressKey> {
    const routerNames = new Set<string>();
    const virtual = new Set<AddressKey>();
    for (const change of changes) {
      const routerPort = changeIn(logicalRouterPort, change);
      if (routerPort !== undefined) for (const name of this.#routerPeers.apply(routerPort)) routerNames.add(name);
      for (const key of this.virtual.apply(change)) virtual.add(key);
      this.#applyFloating(change);
      this.dhcp.apply(change);
      const port = changeIn(logicalSwitchPort, change);
      if (port === undefined) continue;
      const { uuid, before, after } = port;
      if (before !== undefined && after !== undefined && holdsTheSame(before, after)) update.rebound.set(uuid, port);
      else update.touched.set(uuid, before);
    }
    for (const change of changes) {
      const row = changeIn(logicalSwitch, change);
      if (row === undefined) continue;
      const { joining, leaving } = membersChanged(row);
      for (const port of joining) this.#touch(port, update);
      for (const port of leaving) this.#touch(port, update);
    }
    if (routerNames.size > 0) this.#touchPeers(routerNames, update);
    return virtual;
  }

  #touch(uuid: string, { touched, rebound }: Update): void {
    if (touched.has(uuid)) return;
    touched.set(uuid, rebound.get(uuid)?.before ?? this.port(uuid));
    rebound.delete(uuid);
  }

  /** Router ports changed: the ports on switches that lead to them hold other addresses now. */
  #touchPeers(names: ReadonlySet<string>, update: Update): void {
    for (const uuid of this.#routerPeers.uuids()) {
      const name = this.port(uuid)?.options.get("router-port");
      if (name !== undefined && names.has(name)) this.#touch(uuid, update);
    }
  }

  /** A NAT rule or a load balancer came to these addresses, which ports may have. */
  #tellHolders(keys: ReadonlySet<AddressKey>): void {
    for (const state of this.#switches.all()) {
      for (const holder of [...keys].flatMap((key) => state.ips.of(key))) {
        if (typeof holder === "string") this.#options.events.heldTwice?.(state, holder);
      }
    }
  }

  #switchChanges(change: RowChange<typeof logicalSwitch>, update: Update): void {
    const { uuid, before, after } = change;
    const { joining, leaving } = membersChanged(change);
    const known = this.#switches.with(uuid);
    if (known !== undefined) for (const port of leaving) this.#switches.leave(port, known);
    if (after === undefined) {
      if (known !== undefined) this.#switches.remove(known, before?.name ?? "");
      return;
    }
    const state = known ?? this.#addSwitch(uuid, after);
    for (const port of joining) this.#switches.join(port, state);
    if (before === undefined) return;
    if (before.name !== after.name) {
      this.#switches.rename(state, before.name, after.name);
      this.#options.events.switchAdded?.(after.name);
    }
    if (settingsChanged(before, after)) update.stale.add(uuid);
  }

  #addSwitch(uuid: string, row: SwitchRow): SwitchState {
    const state = new SwitchState(uuid, networkFromSwitch(uuid, row, []), this.#options);
    this.#switches.add(state, row.name);
    this.#options.events.switchAdded?.(row.name);
    return state;
  }

  #detach(uuid: string, row: PortRow, { stale }: Update): void {
    const states = this.switchesOf(uuid);
    const { holder, held } = this.holding(uuid, row);
    const wasPeer = this.#routerPeers.remove(uuid);
    const owner = portOwner(row.external_ids);
    const claim = states.length > 0 ? this.claims.remove(uuid, row.external_ids) : undefined;
    for (const state of states) {
      if (claim !== undefined) state.countClaim(claim, -1);
      state.removeHolder(holder, held);
      if (wasPeer) stale.add(state.uuid);
      if (owner !== undefined) this.#ownPortGoes(uuid, state, owner, held);
    }
    if (owner !== undefined && states.length > 0) this.#options.events.portRemoved?.(uuid, owner);
  }

  #ownPortGoes(uuid: string, state: SwitchState, owner: PortOwner, held: PortAddresses): void {
    if (!this.#unanswered.has(owner.allocation)) state.coolDown(held.ips, this.#options.clock.monotonicMs());
    if (!this.#isOpen(owner)) return;
    state.closeReservation(uuid);
    this.#options.events.reservationEnded?.(state, owner.namespace, "removed");
  }

  /** Records what a port of type `router` holds now, before the switches that take their gateways from it are read. */
  #addPeer(uuid: string, row: PortRow, { stale }: Update): void {
    this.#routerPeers.add(uuid, row);
    for (const state of this.switchesOf(uuid)) stale.add(state.uuid);
  }

  #attach(uuid: string, row: PortRow): void {
    const states = this.switchesOf(uuid);
    if (states.length === 0) return;
    const { holder, held } = this.holding(uuid, row);
    const owner = portOwner(row.external_ids);
    const claim = this.claims.add(uuid, row.external_ids);
    if (claim !== undefined) {
      for (const state of states) {
        state.countClaim(claim, 1);
        this.recovered.portReturned(claimKey(claim), state.network.name, held);
      }
    }
    const heldTwice = states.filter((state) => state.addHolder(holder, held));
    if (owner !== undefined) {
      for (const state of states) {
        this.recovered.portReturned(owner.allocation, state.network.name, held);
        if (this.#isOpen(owner)) state.openReservation(uuid, openPort(owner, held));
      }
      this.#options.events.portAdded?.(uuid, row.name, owner);
    }
    for (const state of heldTwice) this.#options.events.heldTwice?.(state, uuid);
  }

  /** Applies the change of a port that keeps its addresses: it was bound, or is not bound any more. */
  #rebind({ uuid, before, after }: RowChange<typeof logicalSwitchPort>): void {
    const was = before && portOwner(before.external_ids);
    const is = after && portOwner(after.external_ids);
    for (const state of this.switchesOf(uuid)) {
      if (after !== undefined && is !== undefined && this.#isOpen(is)) {
        state.openReservation(uuid, openPort(is, this.holding(uuid, after).held));
      } else state.closeReservation(uuid);
      if (was === undefined || !this.#isOpen(was)) continue;
      if (is?.podUid !== "") this.#options.events.reservationEnded?.(state, was.namespace, "bound");
    }
    if (was?.podUid === "" && is !== undefined && is.podUid !== "") this.#options.events.portBound?.(is);
  }

  /**
   * True for a reservation that this cluster's controller binds or sweeps. Nobody here can end those of other clusters.
   */
  #isOpen({ podUid, cluster }: PortOwner): boolean {
    const own = this.#options.cluster;
    return podUid === "" && (own === undefined || cluster === own);
  }

  /**
   * Says which addresses a port holds, and as which holder. A port of type `router` is a non-port holder, and holds
   * the addresses of its peer, too.
   */
  holding(uuid: string, row: PortRow): PortHolding {
    return this.#routerPeers.of(uuid) ?? { holder: uuid, held: portAddresses(row) };
  }

  #configure(uuid: string): void {
    const row = this.#options.source.rows(logicalSwitch).get(uuid);
    const state = this.#switches.with(uuid);
    if (row === undefined || state === undefined) return;
    const peers = [...row.ports]
      .filter((port) => this.#routerPeers.of(port) !== undefined)
      // Every replica takes the same one as the gateway, whatever the order in which the ports came.
      .sort()
      .flatMap((port) => this.#routerPeers.of(port)?.held.ips ?? []);
    state.configure(networkFromSwitch(uuid, row, peers));
  }
}

function openPort({ namespace, allocation }: PortOwner, { ips }: PortAddresses): OpenPort {
  return { namespace, allocation, ips };
}

function holdsTheSame(before: PortRow, after: PortRow): boolean {
  return (
    before.name === after.name &&
    before.addresses === after.addresses &&
    before.port_security === after.port_security &&
    before.dynamic_addresses === after.dynamic_addresses &&
    before.type === after.type &&
    before.options === after.options &&
    before.external_ids.get(waitsWith) === after.external_ids.get(waitsWith) &&
    // Only ports of ours hold what their port security says.
    (portOwner(before.external_ids) === undefined) === (portOwner(after.external_ids) === undefined) &&
    keyOfClaim(before) === keyOfClaim(after)
  );
}

function keyOfClaim({ external_ids }: PortRow): string | undefined {
  const claim = claimOf(external_ids);
  return claim && claimKey(claim);
}

function settingsChanged(before: SwitchRow, after: SwitchRow): boolean {
  return (
    before.name !== after.name ||
    before.other_config !== after.other_config ||
    before.external_ids !== after.external_ids
  );
}

/** The ports that come to a switch with this change, and those that leave it. */
function membersChanged({ before, after, deltas }: RowChange<typeof logicalSwitch>) {
  return {
    joining: (before === undefined ? (after?.ports ?? []) : (deltas.ports?.added ?? [])) as Iterable<string>,
    leaving: (after === undefined ? (before?.ports ?? []) : (deltas.ports?.removed ?? [])) as Iterable<string>,
  };
}
