import type { Operation } from "ovsdb-client";
import type { Addressing } from "#src/api/network/addressing.ts";
import { type NetworkConfig, parseNetwork } from "#src/api/network/network-config.ts";
import { parseProviderNetwork, type ProviderNetworkConfig } from "#src/api/provider-network/provider-network-config.ts";
import { findWireClash } from "#src/api/provider-network/wire-clash.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { readOrSay } from "#src/core/refusals.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { namespacesIn } from "#src/ovn/switches/network-from-switch.ts";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";
import { networkRows, type WayOut, wayOutOfFlags } from "#src/ovn/rows/network-rows.ts";
import { adopterOf, adoptSwitch, consentsToAdoption, releaseSwitch } from "#src/ovn/rows/network-rows-adopted.ts";
import { type DesiredRow, type NameConflict, portsWait } from "#src/ovn/owned/owned-rows.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { providerNetworkRows } from "#src/ovn/rows/provider-network-rows.ts";
import { providerRouterPortId, providerRouterRows } from "#src/ovn/rows/provider-router-rows.ts";
import { reachRows } from "#src/ovn/rows/reach-rows.ts";
import { widenedBeyond } from "#src/ovn/rows/settings-before-adoption.ts";
import { uplinksOnSwitch } from "#src/ovn/rows/uplinks-on-switch.ts";
import {
  gatewayId,
  joinId,
  masterId,
  type TopologyConfig,
  topologyRows,
  topologyScope,
} from "#src/ovn/rows/topology.ts";
import type { DatabaseClient } from "#src/ovsdb/database-client.ts";
import { nameSome } from "../conditions/conditions.ts";
import type { RowWriter } from "../topology/row-writer.ts";
import { reachingNetworks } from "./reaching-networks.ts";
import { findOverlap } from "./network-conflict.ts";
import type { NetworkObject } from "./network-object.ts";
import type { NetworkOutcome, Wire } from "./network-status.ts";
import { type FoundSwitch, portsOn, switchesNamed } from "./network-view.ts";
import type { WiredNode } from "../wires/wire-controller.ts";
import { carryingNodes, describeMissing } from "./wire-nodes.ts";
import { routerAddressWait } from "./router-address-wait.ts";
import { planProviderRouter, type ProviderRouter } from "./provider-router.ts";
import { type PoolUsage, poolUsage } from "./pool-usage.ts";
import type { NamedWayOut, WaysOut } from "./way-out-source.ts";

export interface NetworkReconcilerOptions {
  readonly nb: Pick<DatabaseClient, "rows" | "waitForSession">;
  readonly writer: RowWriter;
  /** The topology at this moment: the chassis that carry the gateway may change. */
  readonly topology: () => TopologyConfig;
  /** All Networks that are known. */
  readonly networks: () => Iterable<NetworkObject>;
  /** All ProviderNetworks that are known. */
  readonly providerNetworks: () => Iterable<NetworkObject>;
  /** The nodes with what their agents say about wires. */
  readonly wiredNodes: () => readonly WiredNode[];
  /**
   * The ProviderNetworks that are to have a port of the router, and the chassis of nodes. The former are undefined while nobody can
   * say. Without it none has one.
   */
  readonly routerPorts?: () => {
    readonly ends: ReadonlySet<string> | undefined;
    readonly chassisOf: (node: string) => string | undefined;
  };
  /**
   * The one of two chassis that is out of the group of the router's port in a ProviderNetwork. Told of none, it forgets it. The absent
   * ones would be in the group if their wires were ready.
   */
  readonly outOf?: (uid: string, chassis: readonly string[], absent: readonly string[]) => string | undefined;
  /** The ways out of the networks that name an Uplink. */
  readonly waysOut?: Pick<WaysOut, "of">;
  /** The time, as it is written into the status. */
  readonly now: () => string;
}

/** Makes NB agree with Network objects. It reads and writes NB only; the caller tells the users. */
export class NetworkReconciler {
  readonly #options: NetworkReconcilerOptions;

  constructor(options: NetworkReconcilerOptions) {
    this.#options = options;
  }

  /** Makes the rows that NB has once. When a row of somebody else has one of their names, nothing could be done. */
  async bringTopology(options: CallOptions): Promise<NameConflict | undefined> {
    const { writer } = this.#options;
    const topology = this.#options.topology();
    return writer.bring(topologyScope, topologyRows(topology), [], options, keptRows(topology));
  }

  /** The `conflict` is what `bringTopology` said. Without the routers nothing is made of a Network that needs them. */
  async bring(network: NetworkObject, options: CallOptions, conflict?: NameConflict): Promise<NetworkOutcome> {
    const { rows } = this.#options.writer.owned;
    const lacking = [masterId, gatewayId, joinId].every((id) => rows.has(id)) ? undefined : conflict;
    if (network.kind === "ProviderNetwork") {
      const wired = readOrSay(() => parseProviderNetwork(network.object));
      if (typeof wired === "string") return invalid(wired);
      const isEnd = this.#options.routerPorts?.().ends?.has(wired.uid) === true;
      return isEnd && lacking !== undefined ? topologyNameTaken(lacking) : this.#makeWired(wired, network, options);
    }
    const config = readOrSay(() => parseNetwork(network.object));
    if (typeof config === "string") return invalid(config);
    if (config.routed && lacking !== undefined) return topologyNameTaken(lacking);
    return config.adopt ? this.#adopt(config, network, options) : this.#make(config, network, options);
  }

  /** Removes what was made for the Network, or says who still uses it. */
  async remove(
    network: Pick<NetworkObject, "uid">,
    options: CallOptions,
  ): Promise<(NetworkOutcome & { readonly kind: "deleting" }) | undefined> {
    const { nb, writer } = this.#options;
    const own = this.#switchesOf(network.uid);
    const users = own.flatMap(({ row }) => {
      // Ports of others do not matter on a switch that stays.
      return portsOn(nb, row).flatMap(({ name, pod }) => pod ?? (adopterOf(row) === undefined ? `port ${name}` : []));
    });
    const ports = new Set(own.flatMap(({ row }) => [...row.ports]));
    for (const { uplink } of uplinksOnSwitch(writer.owned, ports)) users.push(`the Uplink ${uplink}`);
    if (users.length > 0) {
      const message = `the network is still used by ${nameSome([...new Set(users)])}`;
      return { kind: "deleting", reason: "InUse", message };
    }
    const adopted = own.filter(({ row }) => adopterOf(row) === network.uid);
    await writer.write(adopted.flatMap(releaseSwitch), options);
    await writer.bring(network.uid, [], [], options);
    return undefined;
  }

  async #make(config: NetworkConfig, network: NetworkObject, options: CallOptions): Promise<NetworkOutcome> {
    const { writer } = this.#options;
    const topology = this.#options.topology();
    const taken = this.#foreign(config);
    if (taken !== undefined) return nameTaken(config.name, taken);
    const overlap = findOverlap(config, writer.owned);
    if (overlap !== undefined) return { kind: "refused", reason: "SubnetOverlap", message: overlap };
    const waits = needsPort(config, writer.owned) ? portsWait(writer.owned, masterId) : [];
    const way = this.#wayOut(config, topology);
    const rows = [...networkRows(config, topology, way.wayOut), ...this.#reachRows(config)];
    const conflict = await writer.bring(config.uid, rows, waits, options, way.keeps);
    if (conflict !== undefined) return nameTaken(conflict.name, `a ${conflict.table} of somebody else`);
    const { note, chassis: gateway } = way;
    const waitsForUplink = note !== "" && (config.snat || config.uplink !== undefined);
    const reason = waitsForUplink ? "WaitsForUplink" : "Created";
    return { kind: "ready", reason, usage: this.#usage(config, network), note, gateway };
  }

  #reachRows(config: NetworkConfig): readonly DesiredRow[] {
    if (config.reachableFrom === undefined) return [];
    const { networks, writer } = this.#options;
    return reachRows(config, reachingNetworks(config.reachableFrom, networks(), writer.owned));
  }

  /** The way out of the network, what must stay of an earlier one, and what users must know of it. */
  #wayOut(config: NetworkConfig, topology: TopologyConfig): ChosenWayOut {
    const { uplink: name } = config;
    if (name === undefined) {
      const keeps = config.snat ? keptRows(topology) : undefined;
      const note = wayOutNote(config, topology);
      return { wayOut: wayOutOfFlags(topology), keeps, note, chassis: gatewayOf(config, topology) };
    }
    const way = this.#options.waysOut?.of(name) ?? { kind: "unknown" };
    const isLost = way.kind === "there" && !this.#options.writer.owned.rows.has(way.wayOut.gatewayId ?? "");
    return chooseNamed(name, isLost ? { kind: "waits", message: "its gateway is being made again" } : way);
  }

  /** The older of two that clash on a wire stays. The younger one gets no rows, and keeps those that its pods use. */
  async #makeWired(
    config: ProviderNetworkConfig,
    network: NetworkObject,
    options: CallOptions,
  ): Promise<NetworkOutcome> {
    const taken = this.#foreign(config);
    if (taken !== undefined) return nameTaken(config.name, taken);
    const clash = findWireClash(config, this.#olderOnWires(network));
    if (clash !== undefined) {
      const inUse = await this.remove(network, options);
      const { field, value, reason, remedy } = clash;
      const kept = inUse === undefined ? "" : `; ${inUse.message}`;
      const message = `${field}${value === undefined ? "" : ` ${value.toString()}`} ${reason}: ${remedy}${kept}`;
      return { kind: "refused", reason: clash.kind, message };
    }
    const { writer } = this.#options;
    const carrying = carryingNodes(config, this.#options.wiredNodes(), network.status?.chosenNode);
    const ports = new Set(this.#switchesOf(config.uid).flatMap(({ row }) => [...row.ports]));
    const uplinks = uplinksOnSwitch(writer.owned, ports);
    const router = this.#routerOf(config, { carrying, uplinks });
    const port = this.#routerRows(config, router);
    const isNew = port.length > 0 && !writer.owned.rows.has(providerRouterPortId(config));
    const waits = [...(isNew ? portsWait(writer.owned, masterId) : []), ...this.#routerWaits(config, router)];
    // Where nobody can say yet what the port is to be, it stays as it is.
    const keeps = router?.kind === "unknown" ? () => true : undefined;
    const rows = [...providerNetworkRows(config), ...port];
    const conflict = await writer.bring(config.uid, rows, waits, options, keeps);
    if (conflict !== undefined) return nameTaken(conflict.name, `a ${conflict.table} of somebody else`);
    const usage = this.#usage(config, network);
    const isCarried = carrying.nodes.some(({ ready }) => ready);
    const reason = isCarried ? "Created" : "WaitsForNodes";
    const note = isCarried ? "" : `no node carries the network: ${describeMissing(carrying)}`;
    const gateway = router?.kind === "port" ? router.chassis : undefined;
    return { kind: "ready", reason, usage, note, gateway, wire: { ...config, carrying, uplinks, router } };
  }

  #routerRows(config: ProviderNetworkConfig, router: ProviderRouter | undefined): readonly DesiredRow[] {
    if (router?.kind === "unknown") return [];
    const { chassis, absent } = router?.kind === "port" ? router : { chassis: [], absent: [] };
    const out = this.#options.outOf?.(config.uid, chassis, absent);
    return router?.kind === "port" ? providerRouterRows({ ...config, ...router, out }) : [];
  }

  /** The look at the ports of the switch, by which the router got its addresses, holds in the transaction as well. */
  #routerWaits(config: ProviderNetworkConfig, router: ProviderRouter | undefined): readonly Operation[] {
    if (router?.kind !== "port") return [];
    const { owned } = this.#options.writer;
    const id = providerRouterPortId(config);
    return this.#switchesOf(config.uid).flatMap((found) => routerAddressWait(found, owned, id, router.addresses));
  }

  /** The port of the router that chains need in a ProviderNetwork; undefined when none does. */
  #routerOf(
    config: ProviderNetworkConfig,
    { carrying, uplinks }: Pick<Wire, "carrying" | "uplinks">,
  ): ProviderRouter | undefined {
    const { nb, writer, routerPorts } = this.#options;
    if (routerPorts === undefined) return undefined;
    const { ends, chassisOf } = routerPorts();
    if (ends === undefined) return { kind: "unknown" };
    if (!ends.has(config.uid)) return undefined;
    const ports = this.#switchesOf(config.uid).flatMap(({ row }) => portsOn(nb, row));
    const names = uplinks.map(({ uplink }) => uplink);
    return planProviderRouter(config, { owned: writer.owned, ports, uplinks: names, carrying, chassisOf });
  }

  /** One that is being deleted counts until it is gone: pods may use it. One that is wrong has no rows. */
  *#olderOnWires(network: NetworkObject): Iterable<ProviderNetworkConfig> {
    for (const other of this.#options.providerNetworks()) {
      if (compareAge(other, network) >= 0) continue;
      const config = readOrSay(() => parseProviderNetwork(other.object));
      if (typeof config !== "string") yield config;
    }
  }

  async #adopt(config: NetworkConfig, network: NetworkObject, options: CallOptions): Promise<NetworkOutcome> {
    const { nb, writer } = this.#options;
    const [found, second] = switchesNamed(nb, config.name);
    if (found === undefined) {
      const message = `there is no logical switch ${config.name} to adopt`;
      return { kind: "refused", reason: "NoSwitchToAdopt", message };
    }
    const holder = networkOf(found.row);
    if (second !== undefined || (holder !== undefined && holder !== config.uid)) {
      return nameTaken(config.name, second === undefined ? "the switch of another Network" : "more than one switch");
    }
    if (!consentsToAdoption(found.row, config.namespace)) {
      // The maker may take the consent back. Then pods that come later find the switch as its maker left it.
      if (holder === config.uid) await writer.write(releaseSwitch(found), options);
      const wanted = `${externalId("adoptable-by")}=${config.namespace}`;
      const message = `the maker of the logical switch ${config.name} does not let it be adopted: its external_ids lack ${wanted}`;
      return { kind: "refused", reason: "AdoptionNotAllowed", message };
    }
    const admitted = widenedBeyond(found.row.external_ids, config.allowed);
    if (admitted !== undefined) {
      const cure = "leave spec.allowedNamespaces out, or name some of them";
      const message = `the logical switch ${config.name} admits only ${admitted}, and the Network would admit others: ${cure}`;
      return { kind: "refused", reason: "AdoptionWidens", message };
    }
    await writer.write(adoptSwitch(found, config), options);
    const note = adoptedNote(found, config);
    return { kind: "ready", reason: "Created", usage: this.#usage(config, network), note, gateway: undefined };
  }

  #usage(config: Addressing & { readonly uid: string }, { status }: NetworkObject): PoolUsage {
    const ports = this.#switchesOf(config.uid).flatMap(({ row }) => portsOn(this.#options.nb, row));
    return poolUsage(config, ports, status?.subnets, this.#options.now());
  }

  #switchesOf(uid: string): readonly FoundSwitch[] {
    const all = [...this.#options.nb.rows(logicalSwitch)].map(([uuid, row]) => ({ uuid, row }));
    return all.filter(({ row }) => networkOf(row) === uid);
  }

  #foreign(config: Pick<NetworkConfig, "name" | "uid">): string | undefined {
    const other = switchesNamed(this.#options.nb, config.name).find(({ row }) => networkOf(row) !== config.uid);
    if (other === undefined) return undefined;
    return networkOf(other.row) === undefined ? "a logical switch of somebody else" : "the switch of another Network";
  }
}

function invalid(message: string): NetworkOutcome {
  return { kind: "refused", reason: "Invalid", message };
}

interface ChosenWayOut {
  readonly wayOut: WayOut;
  /** True for rows that stay although they are not wanted. */
  readonly keeps: ((id: string) => boolean) | undefined;
  /** Says what the traffic that leaves waits for; "" when it waits for nothing. */
  readonly note: string;
  readonly chassis: readonly string[] | undefined;
}

/** The network looks into the table of the uplink also while there is none: it never leaves by another one. */
function chooseNamed(name: string, way: NamedWayOut): ChosenWayOut {
  if (way.kind === "there") {
    const note = way.chassis.length > 0 ? "" : `the way out waits for a node that carries the Uplink ${name}`;
    return { wayOut: way.wayOut, keeps: undefined, note, chassis: way.chassis };
  }
  const wayOut: WayOut = { routeTable: name, gatewayId: undefined, addresses: [], natsIpv6: true };
  if (way.kind === "unknown") {
    const note = `the way out waits for the Uplink ${name}, which does not exist: make it, or correct spec.uplink`;
    return { wayOut, keeps: undefined, note, chassis: [] };
  }
  const keeps = (id: string): boolean => id.includes("/route-") || id.includes("/snat-");
  return { wayOut, keeps, note: `the way out waits for the Uplink ${name}: ${way.message}`, chassis: [] };
}

function gatewayOf({ routed }: NetworkConfig, { uplink, gatewayChassis }: TopologyConfig) {
  return routed && uplink !== undefined ? gatewayChassis : undefined;
}

/** While the flags of the uplink are wrong, what NB has of it stays: a typing mistake must not cut pods off. */
function keptRows({ uplinkProblem }: TopologyConfig): ((id: string) => boolean) | undefined {
  return uplinkProblem === undefined ? undefined : (id) => id.startsWith(`${topologyScope}/`) || id.includes("/snat-");
}

const setFlags =
  "set --uplink-network, --uplink-addresses and --uplink-next-hops of ovn4nfv-controller " +
  "(OVN4NFV_UPLINK_NETWORK and so on in the ConfigMap ovn4nfv-config), and restart it";

/** Says what the traffic that leaves the network waits for, and what to do about that; "" when it waits for nothing. */
function wayOutNote(config: NetworkConfig, topology: TopologyConfig): string {
  const { uplink, uplinkProblem } = topology;
  if (uplinkProblem !== undefined && config.snat) {
    return `source NAT waits for an uplink: ${uplinkProblem}; correct the flag of ovn4nfv-controller, and restart it`;
  }
  if (config.snat && uplink === undefined) return `source NAT waits for an uplink: ${setFlags}`;
  if (gatewayOf(config, topology)?.length !== 0) return "";
  return (
    "the way out waits for a node that carries the gateway: " +
    "label one with k8s.plugin.opnfv.org/gateway, or as --gateway-selector says"
  );
}

/** Says what users must know of an adopted switch. An inherited key that is missing admits nobody. */
function adoptedNote({ row }: FoundSwitch, { allowed }: NetworkConfig): string {
  const shared = "shares the switch of somebody else";
  if (allowed !== "inherited" || namespacesIn(row, "allowed-namespaces") === "*") return shared;
  if (row.external_ids.has(externalId("allowed-namespaces"))) return shared;
  return `${shared}, which admits no namespace: write spec.allowedNamespaces, or ask its maker for the key allowed-namespaces`;
}

function needsPort(config: NetworkConfig, owned: OwnedRows): boolean {
  return config.routed && !owned.rows.has(`${config.uid}/rtos-${config.name}`);
}

function topologyNameTaken({ table, name }: NameConflict): NetworkOutcome {
  const message =
    `the name ${name}, which the routers of all networks need, belongs to a ${table} of somebody else: ` +
    "rename or delete that row";
  return { kind: "refused", reason: "NameTaken", message };
}

function nameTaken(name: string, by: string): NetworkOutcome {
  return { kind: "refused", reason: "NameTaken", message: `the name ${name} belongs to ${by}` };
}
