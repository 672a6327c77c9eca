import type { Operation } from "ovsdb-client";
import { findFloatingClash } from "#src/api/uplink/floating-clash.ts";
import type { UplinkConfig } from "#src/api/uplink/uplink-config.ts";
import { findSubnetProblem } from "#src/api/uplink/uplink-in-subnet.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import { printInPrefix } from "#src/net/cidr.ts";
import { equalIp, printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { networkFromSwitch } from "#src/ovn/switches/network-from-switch.ts";
import { floatingIpScopes } from "#src/ovn/rows/floating-ip-rows.ts";
import { portsWait } from "#src/ovn/owned/owned-rows.ts";
import type { OwnedRow, OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { topologyNat } from "#src/ovn/owned/topology-tables.ts";
import { switchRowId } from "#src/ovn/rows/network-rows.ts";
import { joinEnds, joinId, type TopologyConfig } from "#src/ovn/rows/topology.ts";
import { findJoinPlace, gatewayPort, uplinkGatewayId, uplinkRows, uplinkScope } from "#src/ovn/rows/uplink-rows.ts";
import type { DatabaseClient } from "#src/ovsdb/database-client.ts";
import { nameSome } from "../conditions/conditions.ts";
import { portsOn } from "../networks/network-view.ts";
import { routerAddressWait } from "../networks/router-address-wait.ts";
import type { RowWriter } from "../topology/row-writer.ts";
import type { UplinkCarriers } from "./uplink-gateways.ts";
import type { UplinkObject } from "./uplink-object.ts";
import type { UplinkOutcome } from "./uplink-status.ts";

export interface UplinkReconcilerOptions {
  readonly nb: Pick<DatabaseClient, "rows">;
  readonly writer: RowWriter;
  readonly topology: Pick<TopologyConfig, "joinSubnets" | "uplink">;
}

/** The surroundings of an Uplink at this moment, as the cluster says. */
export interface UplinkSurroundings extends UplinkCarriers {
  /** The one of two chassis that is gone, so that it is out of the group. */
  readonly out?: string | undefined;
  /** The physical network that a node must carry; undefined where agents know of none. */
  readonly wire: string | undefined;
  /** The Uplinks that were made before it. */
  readonly older: readonly UplinkObject[];
}

/** Makes NB agree with Uplink objects. It reads and writes NB only; the caller tells the users. */
export class UplinkReconciler {
  readonly #options: UplinkReconcilerOptions;

  constructor(options: UplinkReconcilerOptions) {
    this.#options = options;
  }

  async bring(uplink: UplinkObject, around: UplinkSurroundings, options: CallOptions): Promise<UplinkOutcome> {
    const { writer, topology } = this.#options;
    const { config } = uplink;
    if (typeof config === "string") return { kind: "refused", reason: "Invalid", message: config };
    if (!writer.owned.rows.has(joinId)) throw new AppError("RowsChanged", "the rows of the topology are not there yet");
    const holder = this.#holderOf(config, around.older);
    if (holder !== undefined) return { kind: "refused", reason: "AddressInUse", message: holder };
    const provider = config.outside.kind === "provider" ? findProviderSwitch(config, writer.owned) : undefined;
    if (config.outside.kind === "provider" && provider === undefined) {
      const message = `there is no switch of a ProviderNetwork ${config.outside.name} yet: make it, or look at its status`;
      return { kind: "refused", reason: "WaitsForProvider", message };
    }
    const unfit = provider && this.#unfitFor(config, provider.row);
    if (unfit !== undefined) return { kind: "refused", reason: "Invalid", message: unfit };
    const inUse = provider && this.#userOf(config, provider.row);
    if (inUse !== undefined) return { kind: "refused", reason: "AddressInUse", message: inUse };
    // The look at the ports of the switch holds in the transaction as well.
    const stillFree = provider === undefined ? [] : this.#unchanged(config, provider.row);
    const { joinSubnets } = topology;
    const joinPlace = findJoinPlace(config.uid, topology, writer.owned);
    if (joinPlace === undefined) {
      const message = "the prefixes of --join-subnets have no free address for another gateway: make them larger";
      return { kind: "refused", reason: "WaitsForJoinAddress", message };
    }
    const { chassis, out } = around;
    const rows = uplinkRows(config, { joinSubnets, joinPlace, providerSwitchId: provider?.row.id, chassis, out });
    // The second of two leaders that chose the same place on the join switch chooses again.
    const waits = writer.owned.rows.has(uplinkGatewayId(config.uid)) ? [] : portsWait(writer.owned, joinId);
    const conflict = await writer.bring(uplinkScope(config.uid), rows, [...waits, ...stillFree], options);
    if (conflict !== undefined) {
      const message = `the name ${conflict.name} belongs to a ${conflict.table} of somebody else`;
      return { kind: "refused", reason: "NameTaken", message };
    }
    return {
      kind: "made",
      reason: chassis.length === 0 ? "WaitsForNode" : "Created",
      message: describeCarriers(around),
      addresses: config.addresses.map(printInPrefix),
      joinAddresses: joinEnds(topology, joinPlace).map(({ address }) => printIp(address)),
      chassis,
    };
  }

  /** The physical network of the ProviderNetwork on whose switch the gateway stands; undefined where there is none yet. */
  wireOf({ config }: Pick<UplinkObject, "config">): string | undefined {
    if (typeof config === "string" || config.outside.kind !== "provider") return undefined;
    return findProviderSwitch(config, this.#options.writer.owned)?.wire;
  }

  /** Removes what was made for the Uplink, or says which networks leave by it. */
  async remove({ uid }: Pick<UplinkObject, "uid">, options: CallOptions): Promise<UplinkOutcome | undefined> {
    const { writer } = this.#options;
    // The rules of floating addresses come and go without a word to the writer.
    writer.changed();
    const namespaces = namespacesWithAddresses(uid, writer.owned);
    if (namespaces.length > 0) {
      const message = `FloatingIPs hold addresses of the uplink, in ${nameSome(namespaces)}. Delete them`;
      return { kind: "deleting", reason: "InUse", message };
    }
    const users = networksBy(uid, writer.owned);
    if (users.length > 0) {
      const message = `networks leave by the uplink: ${nameSome(users)}. Give them another spec.uplink`;
      return { kind: "deleting", reason: "InUse", message };
    }
    const holders = this.#floatingOn(uid);
    if (holders > 0) {
      const message = `pods have ${holders} floating addresses of the uplink: delete these pods first`;
      return { kind: "deleting", reason: "InUse", message };
    }
    await writer.bring(uplinkScope(uid), [], [], options);
    return undefined;
  }

  /** Counts the rules of pods on the gateway. They would go with it, and the pods would lose their addresses outside. */
  #floatingOn(uid: string): number {
    const { nb, writer } = this.#options;
    const rules = [...((writer.owned.rows.get(uplinkGatewayId(uid))?.row["nat"] ?? []) as Iterable<string>)];
    return rules.filter((rule) => nb.rows(topologyNat).get(rule)?.external_ids.has(externalId("allocation"))).length;
  }

  /** The flags, or an older Uplink, that have an address of this one in the same network outside. */
  #holderOf(config: UplinkConfig, older: readonly UplinkObject[]): string | undefined {
    const { uplink } = this.#options.topology;
    const flags = uplink && {
      outside: { kind: "physical", name: uplink.physicalNetwork },
      addresses: uplink.addresses,
      floating: undefined,
      says: "the flags of ovn4nfv-controller",
    };
    const others = older.flatMap(({ name, config: other }) => {
      return typeof other === "string" ? [] : [{ ...other, says: `the Uplink ${name}` }];
    });
    for (const other of flags === undefined ? others : [flags, ...others]) {
      if (other.outside.kind !== config.outside.kind || other.outside.name !== config.outside.name) continue;
      const same = config.addresses.find(({ address }) => other.addresses.some((one) => equalIp(one.address, address)));
      if (same !== undefined)
        return `the address ${printIp(same.address)} is that of ${other.says}: choose another one`;
      const clash = findFloatingClash(config, other);
      if (clash !== undefined)
        return `${clash.field} ${clash.value} ${clash.reason} ${other.says}: choose other addresses`;
    }
    return undefined;
  }

  #unfitFor(config: UplinkConfig, { uuid }: OwnedRow): string | undefined {
    const row = this.#options.nb.rows(logicalSwitch).get(uuid);
    const problem = row && findSubnetProblem(config, networkFromSwitch(uuid, row, []).subnets);
    return problem && `${problem.field} ${problem.value} ${problem.reason}: ${problem.remedy}`;
  }

  #unchanged({ name, uid, addresses }: UplinkConfig, { uuid }: OwnedRow): readonly Operation[] {
    const { nb, writer } = this.#options;
    const row = nb.rows(logicalSwitch).get(uuid);
    const port = `${uplinkScope(uid)}/${gatewayPort(name)}`;
    return row === undefined ? [] : routerAddressWait({ uuid, row }, writer.owned, port, addresses);
  }

  /** The port of a pod or of somebody else that holds an address of the gateway on the provider's switch. */
  #userOf({ addresses }: UplinkConfig, { uuid }: OwnedRow): string | undefined {
    const { nb } = this.#options;
    const row = nb.rows(logicalSwitch).get(uuid);
    if (row === undefined) return undefined;
    for (const { name, pod, ips } of portsOn(nb, row)) {
      const held = addresses.find(({ address }) => ips.some((ip) => equalIp(ip, address)));
      if (held !== undefined) return `the address ${printIp(held.address)} is held by ${pod ?? `port ${name}`}`;
    }
    return undefined;
  }
}

/** Says which nodes are missing; "" when all that are selected may carry the gateway, and there is one. */
function describeCarriers({ chassis, selector, lacking, wire = "" }: UplinkSurroundings): string {
  if (lacking.length > 0) {
    const without = `${nameSome(lacking)} ${lacking.length === 1 ? "is" : "are"} selected without the wire ${wire}`;
    if (chassis.length > 0) return `the gateway cannot go to all nodes: ${without}`;
    return `no node carries the gateway: ${without}, see the status of the ProviderNetwork`;
  }
  if (chassis.length > 0) return "";
  return `no node carries the gateway: ${selector === "" ? "there is none" : `label one as ${selector}`}`;
}

interface ProviderSwitch {
  readonly row: OwnedRow;
  /** The physical network that its port leads to. */
  readonly wire: string;
}

/** A switch of ours with this name that has a port to a physical network. */
function findProviderSwitch({ outside }: UplinkConfig, { rows }: OwnedRows): ProviderSwitch | undefined {
  const wires = new Map<string, string>();
  for (const { table, row, uuid } of rows.values()) {
    if (table.name !== "Logical_Switch_Port" || row["type"] !== "localnet") continue;
    wires.set(uuid, (row["options"] as ReadonlyMap<string, string>).get("network_name") ?? "");
  }
  for (const row of rows.values()) {
    if (row.table.name !== "Logical_Switch" || !row.id.endsWith("/switch") || row.row["name"] !== outside.name)
      continue;
    const port = [...(row.row["ports"] as ReadonlySet<string>)].find((one) => wires.has(one));
    if (port !== undefined) return { row, wire: wires.get(port) ?? "" };
  }
  return undefined;
}

/** The namespaces whose FloatingIPs hold addresses of the Uplink. */
function namespacesWithAddresses(uid: string, { rows }: OwnedRows): readonly string[] {
  const keyOn = (row: OwnedRow | undefined, name: "uplink" | "namespace"): string | undefined =>
    (row?.row["external_ids"] as ReadonlyMap<string, string> | undefined)?.get(externalId(name));
  const uplink = keyOn(rows.get(uplinkGatewayId(uid)), "uplink");
  if (uplink === undefined) return [];
  const held = [...rows.values()].filter(
    (row) => row.id.startsWith(`${floatingIpScopes}/`) && keyOn(row, "uplink") === uplink,
  );
  return [...new Set(held.flatMap((row) => keyOn(row, "namespace") ?? []))].sort();
}

/** The names of the networks that have their way back, or source NAT, on the gateway. */
function networksBy(uid: string, { rows }: OwnedRows): readonly string[] {
  const gateway = rows.get(uplinkGatewayId(uid));
  if (gateway === undefined) return [];
  const held = new Set([
    ...(gateway.row["static_routes"] as Iterable<string>),
    ...(gateway.row["nat"] as Iterable<string>),
  ]);
  const scopes = new Set<string>();
  for (const { id, uuid } of rows.values()) {
    if (held.has(uuid) && !id.startsWith(`${uplinkScope(uid)}/`)) scopes.add(id.slice(0, id.indexOf("/")));
  }
  const nameOf = (scope: string): string => {
    const name = rows.get(switchRowId(scope))?.row["name"];
    return typeof name === "string" ? name : scope;
  };
  return [...scopes].map(nameOf).sort();
}
