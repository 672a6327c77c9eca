// A Northbound database as plain data, read by the product's own replica and index.
import { systemClock } from "#src/core/clock.ts";
import { AddressIndex, type RowSource } from "#src/ipam/index/address-index.ts";
import { Replica } from "#src/ovsdb/replica.ts";
import type { Row, TableSpec } from "#src/ovsdb/table.ts";

type Texts = Readonly<Record<string, string>>;

export interface PortData {
  readonly name: string;
  readonly addresses?: readonly string[];
  readonly type?: string;
  readonly options?: Texts;
  /** Without the prefix. */
  readonly ids?: Texts;
}

export interface SwitchData {
  readonly name: string;
  readonly config?: Texts;
  /** Without the prefix. */
  readonly ids?: Texts;
  readonly ports?: readonly PortData[];
}

export interface NbData {
  readonly switches: readonly SwitchData[];
  readonly routerPorts?: readonly {
    readonly name: string;
    readonly mac: string;
    readonly networks: readonly string[];
  }[];
  readonly natAddresses?: readonly string[];
  readonly vips?: readonly string[];
}

/** The index of such a database; rotors start at the first address. */
export function indexedNb(data: NbData): { readonly index: AddressIndex; readonly source: RowSource } {
  const replica = new Replica(AddressIndex.tables);
  const source = {
    rows: <T extends TableSpec>(table: T) => replica.rows(table.name) as unknown as ReadonlyMap<string, Row<T>>,
  };
  const index = new AddressIndex({ source, clock: systemClock, cooldownMs: 0, randomBelow: () => 0n, events: {} });
  const changes = replica.decodeUpdates(tablesOf(data));
  replica.apply(changes);
  index.apply(changes);
  return { index, source };
}

function tablesOf({ switches, routerPorts = [], natAddresses = [], vips = [] }: NbData): object {
  let count = 0;
  const uuid = (): string => {
    count += 1;
    return `00000000-0000-4000-8000-${count.toString().padStart(12, "0")}`;
  };
  const rows = (inserts: readonly object[]) => Object.fromEntries(inserts.map((insert) => [uuid(), { insert }]));
  const ports: Record<string, object> = {};
  const switchRows = switches.map(({ name, config = {}, ids = {}, ports: own = [] }) => {
    const uuids = own.map((port) => {
      const id = uuid();
      ports[id] = { insert: portRow(port) };
      return ["uuid", id];
    });
    return { name, ports: ["set", uuids], other_config: mapOf(config), external_ids: mapOf(prefixed(ids)) };
  });
  return {
    Logical_Switch: rows(switchRows),
    Logical_Switch_Port: ports,
    Logical_Router_Port: rows(routerPorts.map((port) => ({ ...port, networks: ["set", port.networks] }))),
    NAT: rows(natAddresses.map((external_ip) => ({ external_ip }))),
    Load_Balancer: rows([{ name: "lb", vips: mapOf(Object.fromEntries(vips.map((vip) => [vip, ""]))) }]),
  };
}

function portRow({ name, addresses = [], type = "", options = {}, ids = {} }: PortData): object {
  return { name, type, addresses: ["set", addresses], options: mapOf(options), external_ids: mapOf(prefixed(ids)) };
}

function prefixed(ids: Texts): Texts {
  return Object.fromEntries(Object.entries(ids).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value]));
}

function mapOf(texts: Texts): readonly unknown[] {
  return ["map", Object.entries(texts)];
}
