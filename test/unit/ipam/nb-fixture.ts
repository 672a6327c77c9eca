// A Northbound database of a few rows for unit tests, with a real replica and a real index that follow it.
import { AddressIndex, type AddressIndexEvents } from "#src/ipam/index/address-index.ts";
import { type AddressKey, addressKey } from "#src/ipam/index/address-key.ts";
import type { AllocationRequest, PortRequest } from "#src/ipam/allocation.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import type { PlanningView } from "#src/ipam/plan/planning-view.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { type Mac, parseMac } from "#src/net/mac.ts";
import { namedUuid } from "#src/ovsdb/atom.ts";
import { insert, mutate, type Operation } from "#src/ovsdb/operations.ts";
import { Replica } from "#src/ovsdb/replica.ts";
import type { Row, RowInput, TableSpec } from "#src/ovsdb/table.ts";
import { SimulatedNb, updatesBetween } from "#test/property/ipam-simulation/simulated-nb.ts";
import { ManualClock } from "#test/unit/kube/manual-clock.ts";

/** A port of ours when `allocation` is there, else somebody else's. */
export interface FixturePort {
  readonly addresses?: string;
  readonly allocation?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly podUid?: string;
  readonly type?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly dynamic?: string;
}

export class NbFixture {
  readonly nb = new SimulatedNb();
  readonly clock = new ManualClock();
  readonly index: AddressIndex;
  readonly #replica = new Replica(AddressIndex.tables);
  #shown = 0;

  constructor(events: AddressIndexEvents = {}) {
    this.index = new AddressIndex({
      source: this,
      clock: this.clock,
      cooldownMs: 60_000,
      randomBelow: () => 0n,
      events,
    });
  }

  rows<T extends TableSpec>(table: T): ReadonlyMap<string, Row<T>> {
    return this.#replica.rows(table.name) as unknown as ReadonlyMap<string, Row<T>>;
  }

  /** Runs a transaction and shows it to the index, with all that was held back, as one message. */
  commit(...operations: readonly Operation[]): void {
    this.hold(...operations);
    const before = this.nb.at(this.#shown);
    this.#shown = this.nb.last;
    const changes = this.#replica.decodeUpdates(updatesBetween(before, this.nb.now));
    this.#replica.apply(changes);
    this.index.apply(changes);
  }

  /** Runs a transaction that the index does not see yet. */
  hold(...operations: readonly Operation[]): void {
    const { results } = this.nb.execute(operations);
    const failed = results.find((result) => typeof result === "object" && result !== null && "error" in result);
    if (failed !== undefined) throw new Error(`transaction failed: ${JSON.stringify(failed)}`);
  }

  /** Sets columns of a row as a whole; other rows of the table stay. */
  set<T extends TableSpec>(table: T, uuid: string, columns: Partial<Row<T>>): void {
    const rows = new Map(this.nb.now.get(table.name));
    rows.set(uuid, { ...rows.get(uuid), ...columns });
    this.nb.restore(new Map([...this.nb.now, [table.name, rows]]));
    this.commit();
  }

  /** A switch with `subnets` of ours, open to all namespaces; gives its UUID. */
  addSwitch(name: string, subnets: string, settings: Partial<Record<Parameters<typeof externalId>[0], string>> = {}) {
    const ids: Record<string, string> = {
      [externalId("subnets")]: subnets,
      [externalId("allowed-namespaces")]: "*",
    };
    for (const [key, value] of Object.entries(settings)) {
      ids[externalId(key as Parameters<typeof externalId>[0])] = value;
    }
    this.commit(insert(logicalSwitch, { name, external_ids: ids }));
    return this.uuidOf(logicalSwitch, name);
  }

  /** The operations that put a port on a switch. */
  port(switchName: string, name: string, port: FixturePort): readonly Operation[] {
    const row = portRow(name, port);
    const to = this.uuidOf(logicalSwitch, switchName);
    return [
      insert(logicalSwitchPort, row, "port"),
      mutate(logicalSwitch, [["_uuid", "==", to]], [["ports", "insert", [namedUuid("port")]]]),
    ];
  }

  /** Puts a port on a switch; gives its UUID. */
  addPort(switchName: string, name: string, port: FixturePort): string {
    this.commit(...this.port(switchName, name, port));
    return this.uuidOf(logicalSwitchPort, name);
  }

  removePort(switchName: string, name: string): void {
    const [from, port] = [this.uuidOf(logicalSwitch, switchName), this.uuidOf(logicalSwitchPort, name)];
    this.commit(mutate(logicalSwitch, [["_uuid", "==", from]], [["ports", "delete", [port]]]));
  }

  uuidOf(table: TableSpec, name: string): string {
    const found = [...(this.nb.now.get(table.name) ?? [])].find(([, row]) => row["name"] === name);
    if (found === undefined) throw new Error(`no ${table.name} ${name}`);
    return found[0];
  }

  /** What the planner looks at now. */
  get view(): PlanningView {
    return { index: this.index, nowMs: this.clock.monotonicMs(), anySwitch: false };
  }
}

function portRow(name: string, port: FixturePort): RowInput<typeof logicalSwitchPort> {
  const { addresses, allocation, namespace = "default", pod = "", podUid = "", type = "", options = {} } = port;
  const ids = allocation !== undefined && {
    [externalId("owner")]: ownerValue,
    [externalId("allocation")]: allocation,
    [externalId("namespace")]: namespace,
    [externalId("pod")]: pod,
    [externalId("pod-uid")]: podUid,
  };
  return {
    name,
    type,
    options,
    addresses: addresses === undefined ? [] : [addresses],
    external_ids: ids === false ? {} : ids,
    ...(port.dynamic === undefined ? {} : { dynamic_addresses: port.dynamic }),
  };
}

/** One interface that asks for `network`, and perhaps for addresses or a MAC. */
export function portRequest(network: string, ips: readonly string[] = [], mac?: string): PortRequest {
  return {
    field: "interface[0]",
    network,
    interfaceName: "net1",
    addresses: ips.map((text) => ({ ip: ipOf(text), prefixLength: undefined })),
    mac: mac === undefined ? undefined : macOf(mac),
  };
}

export function requestOf(...ports: readonly PortRequest[]): AllocationRequest {
  const numbered = ports.map((port, n) => {
    return { ...port, field: `interface[${n.toString()}]`, interfaceName: `net${(n + 1).toString()}` };
  });
  return { namespace: "default", podName: "web", ports: numbered };
}

/** The claim of a stored pod on one address and MAC of a network. */
export function claimOn(network: string, ip: string, mac: string, allocation = "claimed"): RecoveredPod {
  const ports = [{ network, ips: [ipOf(ip)], mac: macOf(mac) }];
  return { allocation, namespace: "default", pod: "stored", podUid: "uid", ports };
}

export function ipOf(text: string): IpAddress {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`${text} is no address`);
  return ip;
}

export function keyOf(text: string): AddressKey {
  return addressKey(ipOf(text));
}

export function macOf(text: string): Mac {
  const mac = parseMac(text);
  if (mac === undefined) throw new Error(`${text} is no MAC`);
  return mac;
}
