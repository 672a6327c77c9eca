import { insert, mutate, namedUuid, type Operation, type Row } from "ovsdb-client";
import { interfaceKeys, ovsBridge, ovsInterface, ovsPort } from "./ovs-tables.ts";

/** One pod interface as OVS is to know it. */
export interface NewOvsPort {
  /** The host's end of the pair; also the port's name. */
  readonly hostName: string;
  readonly interfaceName: string;
  readonly mac: string;
  /** Name of the Logical_Switch_Port. */
  readonly port: string;
  /** Allocation id: ovn-controller binds only an interface whose version is the logical port's. */
  readonly allocation: string;
}

/** The call that makes ports. */
export interface PortOrigin {
  readonly sandbox: string;
  readonly attachment: string;
  readonly cniNetwork: string;
}

const ownerValue = "ovn4nfv";

/**
 * One transaction that puts all ports of a call on the bridge, after taking off `older` ones (Port uuids). The result
 * of the last operation has `count` 0 when the bridge is missing. `transient`: gone after a reboot, as the pods are.
 */
export function addOvsPorts(
  bridge: string,
  ports: readonly NewOvsPort[],
  origin: PortOrigin,
  older: readonly string[],
): readonly Operation[] {
  const inserts = ports.flatMap((port, index) => {
    const [interfaceId, portId] = [`i${index.toString()}`, `p${index.toString()}`];
    const row = { name: port.hostName, interfaces: [namedUuid(interfaceId)], other_config: { transient: "true" } };
    return [
      insert(ovsInterface, { name: port.hostName, external_ids: externalIds(port, origin) }, interfaceId),
      insert(ovsPort, row, portId),
    ];
  });
  const members = ports.map((_, index) => namedUuid(`p${index.toString()}`));
  const join = mutate(ovsBridge, [["name", "==", bridge]], [["ports", "insert", members]]);
  return [...removeOvsPorts(bridge, older), ...inserts, join];
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

/** Takes ports off the bridge; OVS then collects Port and Interface rows, which are no root set. */
export function removeOvsPorts(bridge: string, portUuids: readonly string[]): readonly Operation[] {
  if (portUuids.length === 0) return [];
  return [mutate(ovsBridge, [["name", "==", bridge]], [["ports", "delete", portUuids]])];
}

/** A port with one interface, as it was read. */
export interface FoundOvsPort {
  readonly uuid: string;
  readonly hostName: string;
  /** By `interfaceKeys`. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Every port of the node with its interface; bonds and others without exactly one interface are left out. */
export function listOvsPorts(
  ports: ReadonlyMap<string, Row<typeof ovsPort>>,
  interfaces: ReadonlyMap<string, Row<typeof ovsInterface>>,
): readonly FoundOvsPort[] {
  return [...ports].flatMap(([uuid, port]) => {
    const [only, ...more] = port.interfaces;
    const found = only === undefined || more.length > 0 ? undefined : interfaces.get(only);
    return found === undefined ? [] : [{ uuid, hostName: found.name, ids: found.external_ids }];
  });
}

/** Made by an agent of ours; nothing else is ever removed by DEL, GC or the sweep. */
export function isOwnOvsPort({ ids }: FoundOvsPort): boolean {
  return ids.get(interfaceKeys.owner) === ownerValue;
}

/** What DEL removes: the ports of this sandbox and attachment, so a late DEL never touches a newer sandbox's. */
export function isOfAttachment(port: FoundOvsPort, sandbox: string, attachment: string): boolean {
  const { ids } = port;
  return (
    isOwnOvsPort(port) && ids.get(interfaceKeys.sandbox) === sandbox && ids.get(interfaceKeys.attachment) === attachment
  );
}

/** What GC removes: ports of this CNI network whose attachment is not among those still wanted. */
export function isStale(
  port: FoundOvsPort,
  cniNetwork: string,
  valid: readonly { readonly containerId: string; readonly interfaceName: string }[],
): boolean {
  if (!isOwnOvsPort(port) || port.ids.get(interfaceKeys.cniNetwork) !== cniNetwork) return false;
  return !valid.some(({ containerId, interfaceName }) => isOfAttachment(port, containerId, interfaceName));
}

/** What ADD replaces: whoever else has the logical port, an older sandbox of the pod as a rule. */
export function hasLogicalPort({ ids }: FoundOvsPort, logicalPorts: ReadonlySet<string>): boolean {
  return logicalPorts.has(ids.get(interfaceKeys.port) ?? "");
}

/** ovn-controller has the port's flows in place: traffic passes. */
export function isInstalled({ ids }: FoundOvsPort): boolean {
  return ids.get(interfaceKeys.installed) === "true";
}
