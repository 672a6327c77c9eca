import { insert, mutate, namedUuid, type Operation, type Row } from "ovsdb-client";
import { interfaceKeys, ovsBridge, ovsInterface, ovsPort, ovsQos } from "./ovs-tables.ts";

/** One pod interface as OVS is to have it. */
export interface NewOvsPort {
  /** Name of the pair's host end, and of the port. */
  readonly hostName: string;
  readonly interfaceName: string;
  readonly mac: string;
  /** Name of the Logical_Switch_Port. */
  readonly port: string;
  /** Allocation id. ovn-controller binds an interface only when its version is that of the logical port. */
  readonly allocation: string;
  /** True when the host end has a queueing discipline of ours (shaping.ts), which Open vSwitch would take away. */
  readonly isShaped?: boolean;
}

/** The call that makes ports. */
export interface PortOrigin {
  readonly sandbox: string;
  readonly attachment: string;
  readonly cniNetwork: string;
}

const ownerValue = "ovn4nfv";
const noopType = "linux-noop";

/**
 * One transaction that puts all ports of a call on the bridge, after it has taken off `older` ones (Port uuids). The result
 * of the last operation has `count` 0 when the bridge is missing. The key `transient` makes Open vSwitch drop the ports
 * after a reboot, since the pods are gone then, too. `noop` is the
 * row by which Open vSwitch leaves queueing disciplines alone; without it one is made when a port needs it, and then stays.
 */
export function addOvsPorts(
  bridge: string,
  ports: readonly NewOvsPort[],
  origin: PortOrigin,
  older: readonly string[],
  noop?: string,
): readonly Operation[] {
  const noopId = "noop";
  const isNoopMissing = noop === undefined && ports.some(({ isShaped }) => isShaped);
  const shaped = { qos: noop ?? namedUuid(noopId) };
  const inserts = ports.flatMap((port, index) => {
    const [interfaceId, portId] = [`i${index.toString()}`, `p${index.toString()}`];
    const plain = { name: port.hostName, interfaces: [namedUuid(interfaceId)], other_config: { transient: "true" } };
    const row = port.isShaped ? { ...plain, ...shaped } : plain;
    return [
      insert(ovsInterface, { name: port.hostName, external_ids: externalIds(port, origin) }, interfaceId),
      insert(ovsPort, row, portId),
    ];
  });
  const members = ports.map((_, index) => namedUuid(`p${index.toString()}`));
  const join = mutate(ovsBridge, [["name", "==", bridge]], [["ports", "insert", members]]);
  const noopRow = isNoopMissing ? [insertNoop(noopId)] : [];
  return [...removeOvsPorts(bridge, older), ...noopRow, ...inserts, join];
}

/** Inserts the row that `findNoop` finds. */
export function insertNoop(id: string): Operation {
  return insert(ovsQos, { type: noopType, external_ids: { [interfaceKeys.owner]: ownerValue } }, id);
}

function externalIds(
  port: NewOvsPort,
  { sandbox, attachment, cniNetwork }: PortOrigin,
): Readonly<Record<string, string>> {
  return {
    [interfaceKeys.owner]: ownerValue,
    [interfaceKeys.port]: port.port,
    [interfaceKeys.allocation]: port.allocation,
    [interfaceKeys.mac]: port.mac,
    [interfaceKeys.sandbox]: sandbox,
    [interfaceKeys.attachment]: attachment,
    [interfaceKeys.cniNetwork]: cniNetwork,
    [interfaceKeys.interface]: port.interfaceName,
  };
}

/** Takes ports off the bridge. OVS then deletes their Port and Interface rows, because nothing refers to them any more. */
export function removeOvsPorts(bridge: string, portUuids: readonly string[]): readonly Operation[] {
  if (portUuids.length === 0) return [];
  return [mutate(ovsBridge, [["name", "==", bridge]], [["ports", "delete", portUuids]])];
}

/** The row by which Open vSwitch leaves the queueing disciplines of our ports alone; undefined when it is not there yet. */
export function findNoop(rows: ReadonlyMap<string, Row<typeof ovsQos>>): string | undefined {
  const isOurs = ({ type, external_ids }: Row<typeof ovsQos>): boolean =>
    type === noopType && external_ids.get(interfaceKeys.owner) === ownerValue;
  return [...rows].find(([, row]) => isOurs(row))?.[0];
}

/** A port with one interface, as the database has it. */
export interface FoundOvsPort {
  readonly uuid: string;
  readonly hostName: string;
  /** The `external_ids`; their keys are `interfaceKeys`. */
  readonly ids: ReadonlyMap<string, string>;
  /** The number of the port in OpenFlow, when Open vSwitch has given it one. */
  readonly ofPort?: number;
}

/** Every port of the node with its interface. Ports that do not have exactly one, such as bonds, are left out. */
export function listOvsPorts(
  ports: ReadonlyMap<string, Pick<Row<typeof ovsPort>, "name" | "interfaces">>,
  interfaces: ReadonlyMap<
    string,
    Pick<Row<typeof ovsInterface>, "name" | "external_ids"> & Partial<Pick<Row<typeof ovsInterface>, "ofport">>
  >,
): readonly FoundOvsPort[] {
  return [...ports].flatMap(([uuid, port]) => {
    const [only, ...more] = port.interfaces;
    const found = only === undefined || more.length > 0 ? undefined : interfaces.get(only);
    if (found === undefined) return [];
    const { name: hostName, external_ids: ids, ofport = -1n } = found;
    return [{ uuid, hostName, ids, ...(ofport > 0n ? { ofPort: Number(ofport) } : {}) }];
  });
}

/** True for a port that an agent of ours made. DEL, GC and the sweep never remove another one. */
export function isOwnOvsPort({ ids }: FoundOvsPort): boolean {
  return ids.get(interfaceKeys.owner) === ownerValue;
}

/** True for the ports of this sandbox and attachment, which DEL removes. So a late DEL never touches a newer sandbox. */
export function isOfAttachment(port: FoundOvsPort, sandbox: string, attachment: string): boolean {
  return isOfSandbox(port, sandbox) && port.ids.get(interfaceKeys.attachment) === attachment;
}

/** True for the ports that any call for this sandbox made. */
export function isOfSandbox(port: FoundOvsPort, sandbox: string): boolean {
  return isOwnOvsPort(port) && port.ids.get(interfaceKeys.sandbox) === sandbox;
}

/** True for the ports that GC removes: they are of this CNI network, and their attachment is not wanted any more. */
export function isStale(
  port: FoundOvsPort,
  cniNetwork: string,
  valid: readonly { readonly containerId: string; readonly interfaceName: string }[],
): boolean {
  if (!isOwnOvsPort(port) || port.ids.get(interfaceKeys.cniNetwork) !== cniNetwork) return false;
  return !valid.some(({ containerId, interfaceName }) => isOfAttachment(port, containerId, interfaceName));
}

/** True for the ports that ADD replaces because they have the same logical port, usually those of an older sandbox of the pod. */
export function hasLogicalPort({ ids }: FoundOvsPort, logicalPorts: ReadonlySet<string>): boolean {
  return logicalPorts.has(ids.get(interfaceKeys.port) ?? "");
}

/** True when one of the ports has the logical port. */
export function isTaken(logicalPort: string, ports: readonly FoundOvsPort[]): boolean {
  const wanted = new Set([logicalPort]);
  return ports.some((port) => hasLogicalPort(port, wanted));
}

/** True when ovn-controller has installed the port's flows, so that traffic passes. */
export function isInstalled({ ids }: FoundOvsPort): boolean {
  return ids.get(interfaceKeys.installed) === "true";
}
