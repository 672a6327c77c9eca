// The operations that insert, bind and delete ports. They write port rows and the `ports` column of switches and
// nothing else, besides the members of port groups: any other change of a switch makes northd recompute everything.
import {
  insert,
  mutate,
  type Mutation,
  namedUuid,
  type Operation,
  prepareInsert,
  update,
  wait,
  type Where,
} from "ovsdb-client";
import { insertKept, keptName, type KeptClaim, type KeptRow, takeKept } from "../claims/claim-operations.ts";
import { externalId, ownerValue } from "../external-ids.ts";
import { allocationGroup, dhcpOptions, logicalSwitch, logicalSwitchPort } from "../nb-tables.ts";
import { deleteRules, insertRule, type NewFloatingRule, type RuleRef } from "../floating/floating-operations.ts";
import { heldBy, type PortHold, waitHeld } from "../claims/held-port.ts";
import { type ReplacedPort, takePlace } from "./replaced-port.ts";
import { stickyIds, type StickyMark } from "../claims/sticky-mark.ts";
import { filterKeys, type PortFilter, portSecurityOf } from "../port-security.ts";
import {
  type MachineAddresses,
  markWaiting,
  type Successor,
  succeed,
  waitingColumns,
  waitUnmoved,
} from "./waiting-port.ts";

/** The key in `options` of a port that names the only chassis which may take the port, ovn-nb(5). */
export const requestedChassis = "requested-chassis";

/** The answers that the guest behind a port gets to its DHCP requests. */
export interface PortDhcp {
  /** The UUID of the row of DHCP_Options; undefined in a family in which the port has no address. */
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly hostname: string | undefined;
}

/** A port to insert, in NB's own notation. */
export interface NewPort {
  readonly name: string;
  readonly switchUuid: string;
  /** `<mac> <ip>...` */
  readonly addresses: string;
  /** The filter for packets that the port sends; by default its addresses alone pass. */
  readonly filter?: PortFilter;
  readonly allocation: string;
  /** The revision of the pod's result that first names the port; undefined for a port with which the pod was created. */
  readonly revision?: number | undefined;
  readonly namespace: string;
  /** Empty while the API server has not named the pod. */
  readonly pod: string;
  /** "" for a reservation. It is the UID when a port is made again for a pod that exists. */
  readonly podUid: string;
  readonly network: string;
  readonly interfaceName: string;
  readonly cluster: string;
  /** The system id of the only chassis that may take the port. It is "", or absent, while the pod has no node. */
  readonly chassis?: string;
  /** RFC 3339. */
  readonly reservedAt: string;
  /** UUIDs of the port groups that the port belongs to; undefined for none. */
  readonly groups?: readonly string[];
  /** The rule of the address outside; undefined when the port has none. */
  readonly floating?: NewFloatingRule | undefined;
  /** Undefined when nobody behind the port asks by DHCP. */
  readonly dhcp?: PortDhcp | undefined;
  /** The IPAMClaim for which the port holds its addresses; undefined for none. */
  readonly claim?: NewPortClaim | undefined;
  /** The reservation whose place and name the port takes. Undefined when it is a port more. */
  readonly replaces?: ReplacedPort | undefined;
}

/** The claim of a port to insert. */
export interface NewPortClaim {
  readonly name: string;
  /** True when the allocation gives the claim its first addresses. */
  readonly isFresh: boolean;
  /** The name that the object must say in `spec.network`; undefined when nobody knows it. */
  readonly network?: string | undefined;
  /** The row that keeps the claim until now. The port takes its place in the same transaction. */
  readonly kept?: KeptRow | undefined;
  /** True when the reservation that the port replaces had the claim from such a row. */
  readonly isTaken?: boolean | undefined;
  /** UID of the virtual machine that runs in the pod; undefined for any other pod. */
  readonly machine?: string | undefined;
  /** The port of another pod of that machine, which has the addresses. The new port waits beside it. */
  readonly beside?: PortHold | undefined;
  /** The replica of a StatefulSet for which the claim is made; undefined for a claim that somebody else makes. */
  readonly sticky?: StickyMark | undefined;
}

/**
 * Inserts all ports with the rules of their addresses outside, and adds them to their switches and groups. The `mutate` operations
 * of these come last, one for each switch, each group and each row of DHCP_Options. One that counts no row means that what it is
 * about is gone.
 */
export function insertPorts(ports: readonly NewPort[]): Operation[] {
  const inserts: Operation[] = [];
  const bySwitch = new Map<string, ReturnType<typeof namedUuid>[]>();
  const byGroup = new Map<string, ReturnType<typeof namedUuid>[]>();
  for (const port of ports) {
    const uuidName = `p${inserts.length.toString()}`;
    const { chassis = "" } = port;
    const { filter } = port;
    if (port.replaces !== undefined) inserts.push(...takePlace(port.replaces));
    if (port.claim?.kept !== undefined) inserts.push(...takeKept(port.claim.kept));
    if (port.claim?.beside !== undefined) inserts.push(waitHeld(port.claim.beside));
    const isUnusual = port.claim !== undefined || port.dhcp !== undefined || port.revision !== undefined;
    if (isUnusual || (filter !== undefined && hasKeys(filter))) inserts.push(insertUnusualPort(port, uuidName));
    else inserts.push(chassis === "" ? insertPort(port, uuidName) : insertPinnedPort({ ...port, chassis }, uuidName));
    addMember(bySwitch, port.switchUuid, uuidName);
    for (const group of port.groups ?? []) addMember(byGroup, group, uuidName);
  }
  const joins = [...bySwitch].map(([uuid, members]) =>
    mutate(logicalSwitch, [["_uuid", "==", uuid]], [["ports", "insert", members]]),
  );
  const grouped = [...byGroup].map(([uuid, members]) =>
    mutate(allocationGroup, [["_uuid", "==", uuid]], [["ports", "insert", members]]),
  );
  return [...inserts, ...ports.flatMap(insertFloating), ...joins, ...grouped, ...dhcpOperations(ports)];
}

function addMember(holders: Map<string, ReturnType<typeof namedUuid>[]>, holder: string, uuidName: string): void {
  const members = holders.get(holder);
  if (members === undefined) holders.set(holder, [namedUuid(uuidName)]);
  else members.push(namedUuid(uuidName));
}

/** They change nothing. NB drops references to rows that are gone without a word, and these count them. */
function dhcpOperations(ports: readonly NewPort[]): Operation[] {
  const rows = new Set(ports.flatMap(({ dhcp }) => [dhcp?.ipv4, dhcp?.ipv6].filter((uuid) => uuid !== undefined)));
  const owner = { [externalId("owner")]: ownerValue };
  return [...rows].map((uuid) => mutate(dhcpOptions, [["_uuid", "==", uuid]], [["external_ids", "insert", owner]]));
}

/** The rule goes with its port, in one transaction, so that neither is ever there without the other. */
function insertFloating(port: NewPort, index: number): Operation[] {
  return port.floating === undefined ? [] : insertRule(port, port.floating, `f${index.toString()}`);
}

type PortHole = keyof Omit<
  NewPort,
  "switchUuid" | "chassis" | "filter" | "groups" | "floating" | "claim" | "dhcp" | "revision" | "replaces"
>;

const newPortRow = (hole: (name: PortHole) => string) => ({
  name: hole("name"),
  addresses: [hole("addresses")],
  port_security: [hole("addresses")],
  options: { "iface-id-ver": hole("allocation") },
  external_ids: {
    [externalId("owner")]: ownerValue,
    [externalId("allocation")]: hole("allocation"),
    [externalId("namespace")]: hole("namespace"),
    [externalId("pod")]: hole("pod"),
    [externalId("pod-uid")]: hole("podUid"),
    [externalId("network")]: hole("network"),
    [externalId("interface")]: hole("interfaceName"),
    [externalId("reserved-at")]: hole("reservedAt"),
    [externalId("cluster")]: hole("cluster"),
  },
});

const insertPort = prepareInsert(logicalSwitchPort, newPortRow);

const insertPinnedPort = prepareInsert(logicalSwitchPort, (hole: (name: PortHole | "chassis") => string) => {
  const row = newPortRow(hole);
  return { ...row, options: { ...row.options, [requestedChassis]: hole("chassis") } };
});

function hasKeys({ mode, allowed, isTap = false }: PortFilter): boolean {
  return mode !== "full" || allowed.length > 0 || isTap;
}

const plainFilter: PortFilter = { mode: "full", allowed: [] };

/** Few ports have a filter of their own, a claim or a guest behind them, so nothing is prepared for them. */
function insertUnusualPort(port: NewPort, uuidName: string): Operation {
  const { chassis = "", filter = plainFilter, claim, dhcp, revision } = port;
  const row = newPortRow((name) => port[name]);
  const waiting = claim?.beside === undefined ? undefined : waitingColumns(port.addresses);
  const columns = {
    ...row,
    port_security: portSecurityOf(port.addresses, filter),
    options: {
      ...row.options,
      ...(chassis === "" ? {} : { [requestedChassis]: chassis }),
      ...hostnameOption(dhcp),
    },
    external_ids: {
      ...row.external_ids,
      ...filterKeys(filter),
      ...(claim === undefined ? {} : claimKeys(claim)),
      ...waiting?.keys,
      ...(revision === undefined ? {} : { [externalId("revision")]: revision.toString() }),
      ...(port.replaces === undefined ? {} : { [externalId("retaken")]: "true" }),
    },
    ...(filter.isTap === true ? { enabled: false } : {}),
    ...(dhcp === undefined ? {} : dhcpColumns(dhcp)),
    ...waiting?.columns,
  };
  return insert(logicalSwitchPort, columns, uuidName);
}

function claimKeys({ name, isFresh, network, kept, isTaken, machine, beside, sticky }: NewPortClaim) {
  const hadRow = isTaken === true || kept !== undefined || beside !== undefined;
  const fresh = isFresh ? "true" : hadRow ? undefined : "told";
  return {
    [externalId("claim")]: name,
    ...(machine === undefined ? {} : { [externalId("machine")]: machine }),
    ...(fresh === undefined ? {} : { [externalId("claim-fresh")]: fresh }),
    ...(network === undefined ? {} : { [externalId("claim-network")]: network }),
    ...(sticky === undefined ? {} : stickyIds(sticky)),
  };
}

/** The host name in the column `options`. northd puts it into an expression as it stands, so that the quotes are a part of it. */
export function hostnameOption(dhcp: PortDhcp | undefined): Readonly<Partial<Record<"hostname", string>>> {
  return dhcp?.hostname === undefined ? {} : { hostname: JSON.stringify(dhcp.hostname) };
}

function dhcpColumns({ ipv4, ipv6 }: PortDhcp) {
  return { dhcpv4_options: ipv4, dhcpv6_options: ipv6 };
}

/** A port as it was read: its row, and the switch that has it. */
export interface PortRef {
  readonly uuid: string;
  readonly switchUuid: string;
  /** The rules of its addresses outside, which go with it. */
  readonly floating?: readonly RuleRef[];
  /** The claim whose addresses the port gives back: a row keeps them from then on. Undefined when nothing is to be kept. */
  readonly keeps?: KeptClaim | undefined;
  /** Another pod of the same virtual machine, which goes on with the addresses of the claim. */
  readonly successor?: Successor | undefined;
}

/**
 * Takes ports off their switches, and puts a row in the place of each that has addresses of a claim. NB then collects the
 * ports, since nothing refers to them. A port or switch that is gone already changes nothing.
 */
export function deletePorts(ports: readonly PortRef[]): Operation[] {
  const bySwitch = Map.groupBy(ports, (port) => port.switchUuid);
  const leaves = [...bySwitch].map(([uuid, members]) =>
    mutate(logicalSwitch, [["_uuid", "==", uuid]], [["ports", "delete", members.map((port) => port.uuid)]]),
  );
  // Two ports may have one claim for a moment.
  const keeps = new Map(
    ports.flatMap((port) => (port.keeps === undefined ? [] : [[keptName(port.keeps.claim), port.keeps]])),
  );
  const kept = [...keeps.values()].flatMap((each, n) => insertKept(each, `k${n.toString()}`));
  const succeeded = ports.flatMap(({ successor }) => (successor === undefined ? [] : succeed(successor)));
  return [...leaves, ...deleteRules(ports.flatMap(({ floating = [] }) => floating)), ...kept, ...succeeded];
}

/** A port as it was read, with its switch and its holder. */
export interface HeldPort extends PortRef, PortHold {}

/**
 * Deletes ports while each of them is held as it was read. When one is held by another pod by now, or is gone, the whole
 * transaction fails: `isFailedWait` recognises that.
 */
export function deleteHeldPorts(ports: readonly HeldPort[]): Operation[] {
  return [...ports.map(waitHeld), ...deletePorts(ports)];
}

/** Makes the transaction fail when there is a port of this name. */
export function waitAbsent(name: string): Operation {
  const where: Where<typeof logicalSwitchPort> = [["name", "==", name]];
  return wait(logicalSwitchPort, { where, columns: ["name"], until: "==", rows: [], timeoutMs: 0 });
}

/** A port that pod and chassis are written into. */
export interface PortBinding {
  readonly uuid: string;
  readonly allocation: string;
  readonly pod: string;
  readonly podUid: string;
  /** The system id of the pod's node; "" while the pod has no node, or nobody knows the id. */
  readonly chassis: string;
  /** The revision of the pod's result, for a port that says another one. Undefined to leave it. */
  readonly revision?: number | undefined;
}

/**
 * Binds a reserved port to the pod that was stored with it. A port that is bound or gone by now is not matched
 * (`count` 0), so that one port never fails the batch.
 */
export function bindPort({ uuid, allocation, pod, podUid, chassis, revision }: PortBinding): Operation {
  const keys = [externalId("pod"), externalId("pod-uid")];
  return mutate(logicalSwitchPort, heldBy({ uuid, allocation, podUid: "" }), [
    ["external_ids", "delete", keys],
    ["external_ids", "insert", { [externalId("pod")]: pod, [externalId("pod-uid")]: podUid }],
    ...(chassis === "" ? [] : chassisMutations(chassis)),
    ...(revision === undefined ? [] : revisionMutations(revision)),
  ]);
}

/** Writes the chassis of a bound port, or takes it away when it is "". A port of another pod is not matched. */
export function pinPort({ uuid, allocation, podUid, chassis }: Omit<PortBinding, "pod" | "revision">): Operation {
  return mutate(logicalSwitchPort, heldBy({ uuid, allocation, podUid }), chassisMutations(chassis));
}

function chassisMutations(chassis: string): readonly Mutation<typeof logicalSwitchPort>[] {
  const gone: Mutation<typeof logicalSwitchPort> = ["options", "delete", [requestedChassis]];
  return chassis === "" ? [gone] : [gone, ["options", "insert", { [requestedChassis]: chassis }]];
}

/** Writes on a bound port that the pod had a result of this revision. A port of another pod by now is not matched. */
export function stampPort({ uuid, allocation, podUid }: Omit<HeldPort, "switchUuid">, revision: number): Operation {
  return mutate(logicalSwitchPort, heldBy({ uuid, allocation, podUid }), revisionMutations(revision));
}

function revisionMutations(revision: number): readonly Mutation<typeof logicalSwitchPort>[] {
  const key = externalId("revision");
  return [
    ["external_ids", "delete", [key]],
    ["external_ids", "insert", { [key]: revision.toString() }],
  ];
}

/** A port as it was read, and what to write into it. */
export interface PortCorrection extends HeldPort {
  /** The switch that the port should be on. */
  readonly to: string;
  readonly addresses: readonly string[];
  readonly portSecurity: readonly string[];
  /** True for a port that gets copies of packets only, and for one that waits. */
  readonly isDisabled: boolean;
  /** The addresses with which the port waits; undefined for one that has its addresses. */
  readonly waitsWith?: string | undefined;
  /** Undefined for a port of no virtual machine: only those hand addresses over. */
  readonly machine?: MachineAddresses | undefined;
  /** Undefined for a port without a guest, whose references stay as they are. */
  readonly dhcp?: PortDhcp | undefined;
}

/**
 * Writes ports as `insertPorts` did, and puts them on their switches, while each of them is held as it was read, and those of virtual
 * machines were not handed over. Other options and external_ids of the rows stay.
 */
export function correctPorts(ports: readonly PortCorrection[]): Operation[] {
  const unmoved = ports.flatMap(({ uuid, machine }) => (machine === undefined ? [] : [waitUnmoved(uuid, machine)]));
  return [...ports.map(waitHeld), ...unmoved, ...ports.flatMap(correctPort)];
}

function correctPort(correction: PortCorrection): Operation[] {
  const { uuid, allocation, switchUuid, to, addresses, portSecurity, isDisabled, waitsWith, dhcp } = correction;
  const where: Where<typeof logicalSwitchPort> = [["_uuid", "==", uuid]];
  const columns = {
    addresses,
    port_security: portSecurity,
    type: "",
    enabled: isDisabled ? false : undefined,
    ...(dhcp === undefined ? {} : dhcpColumns(dhcp)),
  };
  const hostname = hostnameOption(dhcp);
  const options = mutate(logicalSwitchPort, where, [
    ["options", "delete", ["iface-id-ver", ...Object.keys(hostname)]],
    ["options", "insert", { "iface-id-ver": allocation, ...hostname }],
  ]);
  const moves =
    switchUuid === to
      ? []
      : [
          mutate(logicalSwitch, [["_uuid", "==", to]], [["ports", "insert", [uuid]]]),
          mutate(logicalSwitch, [["_uuid", "==", switchUuid]], [["ports", "delete", [uuid]]]),
        ];
  const marks = waitsWith === undefined ? [] : [markWaiting(where, waitsWith)];
  return [update(logicalSwitchPort, where, columns), options, ...marks, ...moves];
}

/** A port as it was read, and the chain for which its pod forwards packets; undefined for none any more. */
export interface PortForwarding extends Omit<HeldPort, "switchUuid"> {
  /** The column `port_security` from now on. */
  readonly portSecurity: readonly string[];
  readonly chain: string | undefined;
}

/**
 * Lets the pod of a port forward packets of others, or not any more. A port of another pod by now is not matched
 * (`count` 0).
 */
export function forwardPort({ uuid, allocation, podUid, portSecurity, chain }: PortForwarding): Operation[] {
  const where = heldBy({ uuid, allocation, podUid });
  const key = externalId("forwards-for");
  return [
    update(logicalSwitchPort, where, { port_security: portSecurity }),
    mutate(logicalSwitchPort, where, [
      ["external_ids", "delete", [key]],
      ...(chain === undefined
        ? []
        : [["external_ids", "insert", { [key]: chain }] as Mutation<typeof logicalSwitchPort>]),
    ]),
  ];
}
