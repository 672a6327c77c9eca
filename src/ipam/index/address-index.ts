// Keeps in memory who holds which address and MAC on each switch, from the rows of the Northbound database.
import { changeIn, type Row, type RowChange } from "ovsdb-client";
import type { Clock } from "#src/core/clock.ts";
import { allocationTables, logicalRouterPort, logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { networkFromSwitch } from "#src/ovn/network-from-switch.ts";
import { type PortAddresses, portAddresses } from "#src/ovn/port-addresses.ts";
import { type PortOwner, portOwner } from "#src/ovn/port-ownership.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import type { AddressKey } from "./address-key.ts";
import { RecoveredAddresses } from "./recovered-addresses.ts";
import { type PortHolding, RouterPeers } from "./router-peers.ts";
import { SwitchDirectory } from "./switch-directory.ts";
import { SwitchState, type SwitchStateOptions } from "./switch-state.ts";
import { VirtualAddresses } from "./virtual-addresses.ts";

type PortRow = Row<typeof logicalSwitchPort>;
type SwitchRow = Row<typeof logicalSwitch>;

/** Called synchronously while changes are applied. The functions must not throw. */
export interface AddressIndexEvents {
  /** A port with an owner of ours came into NB. */
  readonly portAdded?: (uuid: string, name: string, owner: PortOwner) => void;
  readonly portRemoved?: (uuid: string, owner: PortOwner) => void;
  /** A reservation was bound or given back. */
  readonly reservationEnded?: (state: SwitchState, namespace: string, how: "bound" | "removed") => void;
  /** A port came to an address or MAC that somebody else holds, or somebody else came to the address of this port. */
  readonly heldTwice?: (state: SwitchState, portUuid: string) => void;
  readonly switchAdded?: (name: string) => void;
}

export interface AddressIndexOptions extends SwitchStateOptions {
  readonly source: RowSource;
  readonly clock: Clock;
  readonly events: AddressIndexEvents;
}

/** The effect of one message of the monitor on ports and switches, by UUID. */
interface Update {
  /** Ports whose addresses were taken out. */
  readonly detached: Set<string>;
  /** Ports whose addresses are entered when everything that goes is out. */
  readonly attach: Set<string>;
  /** Switches whose settings must be read again. */
  readonly stale: Set<string>;
}

/** Knows who holds what on which switch, and follows the NB monitor. Losing it costs a re-read, never an address. */
export class AddressIndex {
  readonly recovered = new RecoveredAddresses();
  readonly virtual = new VirtualAddresses();
  readonly #options: AddressIndexOptions;
  readonly #switches = new SwitchDirectory();
  readonly #routerPeers = new RouterPeers();
  /** Allocations whose released addresses need no cooldown, since nobody was ever told of them. */
  readonly #unanswered = new Set<string>();

  constructor(options: AddressIndexOptions) {
    this.#options = options;
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

  switches(): IterableIterator<SwitchState> {
    return this.#switches.all();
  }

  /** The switch that a port is on. */
  switchOf(portUuid: string): SwitchState | undefined {
    return this.#switches.ofPort(portUuid);
  }

  port(uuid: string): PortRow | undefined {
    return this.#options.source.rows(logicalSwitchPort).get(uuid);
  }

  /** While it is set, addresses of this allocation that leave NB are free at once. */
  skipCooldown(allocation: string, skip: boolean): void {
    if (skip) this.#unanswered.add(allocation);
    else this.#unanswered.delete(allocation);
  }

  /** Applies all changes of one message: first what goes, then what moves, then what comes. */
  apply(changes: readonly RowChange[]): void {
    const update: Update = { detached: new Set(), attach: new Set(), stale: new Set() };
    const routerNames = new Set<string>();
    const virtual = new Set<AddressKey>();
    for (const change of changes) {
      const routerPort = changeIn(logicalRouterPort, change);
      if (routerPort !== undefined) for (const name of this.#routerPeers.apply(routerPort)) routerNames.add(name);
      for (const key of this.virtual.apply(change)) virtual.add(key);
    }
    if (routerNames.size > 0) this.#refreshPeers(routerNames, update);
    for (const change of changes) {
      const port = changeIn(logicalSwitchPort, change);
      if (port !== undefined) this.#portGoes(port, update);
    }
    for (const change of changes) {
      const row = changeIn(logicalSwitch, change);
      if (row !== undefined) this.#switchChanges(row, update);
    }
    for (const uuid of update.attach) this.#attach(uuid, update);
    for (const uuid of update.stale) this.#configure(uuid);
    if (virtual.size > 0) this.#tellHolders(virtual);
  }

  /** A NAT rule or a load balancer came to these addresses, which ports may have. */
  #tellHolders(keys: ReadonlySet<AddressKey>): void {
    for (const state of this.#switches.all()) {
      for (const holder of [...keys].flatMap((key) => state.ips.of(key))) {
        if (typeof holder === "string") this.#options.events.heldTwice?.(state, holder);
      }
    }
  }

  #portGoes(change: RowChange<typeof logicalSwitchPort>, update: Update): void {
    const { uuid, before, after } = change;
    if (before !== undefined && after !== undefined && holdsTheSame(before, after)) {
      this.#rebind(uuid, before, after);
      return;
    }
    if (before !== undefined) this.#detach(uuid, before, update, after === undefined);
    if (after !== undefined) update.attach.add(uuid);
  }

  #switchChanges(change: RowChange<typeof logicalSwitch>, update: Update): void {
    const { uuid, before, after, deltas } = change;
    const leaving = after === undefined ? (before?.ports ?? []) : (deltas.ports?.removed ?? []);
    for (const port of leaving as Iterable<string>) {
      if (this.switchOf(port)?.uuid !== uuid) continue;
      this.#leave(port, update);
      this.#switches.removePort(port);
    }
    const known = this.#switches.with(uuid);
    if (after === undefined) {
      if (known !== undefined) this.#switches.remove(known, before?.name ?? "");
      return;
    }
    const state = known ?? this.#addSwitch(uuid, after);
    if (known !== undefined && before !== undefined && before.name !== after.name)
      this.#switches.rename(known, before.name, after.name);
    const joining = before === undefined ? after.ports : (deltas.ports?.added ?? []);
    for (const port of joining as Iterable<string>) {
      this.#leave(port, update);
      this.#switches.placePort(port, state);
      update.attach.add(port);
    }
    if (before !== undefined && settingsChanged(before, after)) update.stale.add(uuid);
  }

  #addSwitch(uuid: string, row: SwitchRow): SwitchState {
    const state = new SwitchState(uuid, networkFromSwitch(uuid, row, []), this.#options);
    this.#switches.add(state, row.name);
    this.#options.events.switchAdded?.(row.name);
    return state;
  }

  /** A port that stays in NB leaves its switch, if it is on one. */
  #leave(port: string, update: Update): void {
    const row = this.port(port);
    if (row !== undefined) this.#detach(port, row, update, false);
  }

  #detach(uuid: string, row: PortRow, { detached, stale }: Update, isGone: boolean): void {
    const state = this.switchOf(uuid);
    if (state === undefined || detached.has(uuid)) return;
    detached.add(uuid);
    const { holder, held } = this.holding(uuid, row);
    state.removeHolder(holder, held);
    if (this.#routerPeers.remove(uuid)) stale.add(state.uuid);
    const owner = portOwner(row.external_ids);
    if (owner !== undefined) this.#ownPortGoes(uuid, state, owner, held);
    if (isGone) this.#switches.removePort(uuid);
  }

  #ownPortGoes(uuid: string, state: SwitchState, owner: PortOwner, held: PortAddresses): void {
    if (!this.#unanswered.has(owner.allocation)) state.coolDown(held.ips, this.#options.clock.monotonicMs());
    if (owner.podUid === "") {
      state.countReservation(owner.namespace, -1);
      this.#options.events.reservationEnded?.(state, owner.namespace, "removed");
    }
    this.#options.events.portRemoved?.(uuid, owner);
  }

  #attach(uuid: string, { stale }: Update): void {
    const row = this.port(uuid);
    const state = this.switchOf(uuid);
    if (row === undefined || state === undefined) return;
    if (row.type === "router") {
      this.#routerPeers.add(uuid, row);
      stale.add(state.uuid);
    }
    const { holder, held } = this.holding(uuid, row);
    const clash = state.addHolder(holder, held);
    const owner = portOwner(row.external_ids);
    if (owner !== undefined) {
      for (const mac of held.macs) this.recovered.portReturned(owner.allocation, state.network.name, mac);
      if (owner.podUid === "") state.countReservation(owner.namespace, 1);
      this.#options.events.portAdded?.(uuid, row.name, owner);
    }
    if (clash) this.#options.events.heldTwice?.(state, uuid);
  }

  /** A port keeps its addresses and was bound, or is not bound any more. */
  #rebind(uuid: string, before: PortRow, after: PortRow): void {
    const state = this.switchOf(uuid);
    const was = portOwner(before.external_ids);
    const is = portOwner(after.external_ids);
    if (state === undefined) return;
    if (is?.podUid === "") state.countReservation(is.namespace, 1);
    if (was?.podUid !== "") return;
    state.countReservation(was.namespace, -1);
    if (is?.podUid !== "") this.#options.events.reservationEnded?.(state, was.namespace, "bound");
  }

  /**
   * Says which addresses a port holds, and as which holder. A port of type `router` is a non-port holder, and holds
   * the addresses of its peer, too.
   */
  holding(uuid: string, row: PortRow): PortHolding {
    return this.#routerPeers.of(uuid) ?? { holder: uuid, held: portAddresses(row) };
  }

  /** Router ports changed: the ports on switches that lead to them hold other addresses now. */
  #refreshPeers(names: ReadonlySet<string>, update: Update): void {
    for (const uuid of this.#routerPeers.uuids()) {
      const row = this.port(uuid);
      const name = row?.options.get("router-port");
      if (row === undefined || name === undefined || !names.has(name)) continue;
      this.#detach(uuid, row, update, false);
      update.attach.add(uuid);
    }
  }

  #configure(uuid: string): void {
    const row = this.#options.source.rows(logicalSwitch).get(uuid);
    const state = this.#switches.with(uuid);
    if (row === undefined || state === undefined) return;
    const peers = [...row.ports].flatMap((port) => this.#routerPeers.of(port)?.held.ips ?? []);
    state.configure(networkFromSwitch(uuid, row, peers));
  }
}

function holdsTheSame(before: PortRow, after: PortRow): boolean {
  return (
    before.addresses === after.addresses &&
    before.port_security === after.port_security &&
    before.dynamic_addresses === after.dynamic_addresses &&
    before.type === after.type &&
    before.options === after.options
  );
}

function settingsChanged(before: SwitchRow, after: SwitchRow): boolean {
  return (
    before.name !== after.name ||
    before.other_config !== after.other_config ||
    before.external_ids !== after.external_ids
  );
}
