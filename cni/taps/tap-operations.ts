// The changes of Open vSwitch's database that bring the integration bridge to a plan of taps, in one transaction.
import { insert, mutate, namedUuid, type Operation, update, type Where } from "ovsdb-client";
import { ovsBridge, ovsInterface, ovsMirror, ovsPort, tapKeys } from "#cni/plumbing/ovs-tables.ts";
import type { OvsTapping, TapMirror, TapTunnel } from "./ovs-tapping.ts";
import type { MirrorEnd, PlannedMirror, PlannedTunnel, TapPlan } from "./tap-plan.ts";

type Reference = string | ReturnType<typeof namedUuid>;

/** The operations that are missing for the plan; none when everything is there. They change rows of ours only. */
export function tapOperations({ mirrors, tunnels }: TapPlan, ovs: OvsTapping): readonly Operation[] {
  const here: Where<typeof ovsBridge> = [["name", "==", ovs.bridge]];
  const inserts: Operation[] = [];
  const newPorts: Reference[] = [];
  const newMirrors: Reference[] = [];
  const changes: Operation[] = [];
  const uuidOf = new Map<string, Reference>();
  const keptTunnels = new Set<TapTunnel>();
  for (const [index, planned] of tunnels.entries()) {
    const found = ovs.tunnels.find((one) => isTunnelOf(one, planned) && !keptTunnels.has(one));
    if (found !== undefined) {
      keptTunnels.add(found);
      uuidOf.set(planned.name, found.uuid);
      if (!hasOptions(found, planned)) changes.push(setOptions(found, planned));
      continue;
    }
    const [interfaceId, portId] = [`ti${index}`, `tp${index}`];
    inserts.push(...insertTunnel(planned, interfaceId, portId));
    newPorts.push(namedUuid(portId));
    uuidOf.set(planned.name, namedUuid(portId));
  }
  const keptMirrors = new Set<TapMirror>();
  const outputs = new Set<string>();
  for (const [index, planned] of mirrors.entries()) {
    const row = rowOf(planned, uuidOf);
    const found = ovs.mirrors.find((one) => one.tap === planned.tap && !keptMirrors.has(one));
    if (found !== undefined) keptMirrors.add(found);
    if (found !== undefined && isAsPlanned(found, row)) continue;
    if (typeof row.output_port === "string") outputs.add(row.output_port);
    if (found !== undefined) {
      changes.push(update(ovsMirror, [["_uuid", "==", found.uuid]], row));
      continue;
    }
    const id = `tm${index}`;
    const ids = { [tapKeys.owner]: ownerValue, [tapKeys.tap]: planned.tap };
    inserts.push(insert(ovsMirror, { ...row, name: `tap-${planned.tap}`, external_ids: ids }, id));
    newMirrors.push(namedUuid(id));
  }
  const gonePorts = ovs.tunnels.filter((one) => !keptTunnels.has(one)).map(({ uuid }) => uuid);
  const left = ovs.mirrors.filter((one) => !keptMirrors.has(one));
  for (const { output } of left) if (output !== undefined) outputs.add(output);
  const goneMirrors = left.map(({ uuid }) => uuid);
  const members = (key: "ports" | "mirrors", gone: readonly string[], added: readonly Reference[]) => [
    ...(gone.length === 0 ? [] : [mutate(ovsBridge, here, [[key, "delete", gone]])]),
    ...(added.length === 0 ? [] : [mutate(ovsBridge, here, [[key, "insert", added]])]),
  ];
  return [
    ...members("mirrors", goneMirrors, []),
    ...members("ports", gonePorts, []),
    ...inserts,
    ...changes,
    ...members("ports", [], newPorts),
    ...members("mirrors", [], newMirrors),
    ...[...outputs].filter((port) => !gonePorts.includes(port)).map((port) => revalidate(port, ovs)),
  ];
}

const ownerValue = "ovn4nfv";

/**
 * Makes ovs-vswitchd look at all flows again. It does not for a mirror (3.1), and would go on to copy, or not to copy, as the flows
 * say that it has cached; it does for a port with another `protected`, which matters to the action NORMAL alone, and OVN has none.
 */
function revalidate(port: string, { protectedPorts }: OvsTapping): Operation {
  return update(ovsPort, [["_uuid", "==", port]], { protected: !protectedPorts.has(port) });
}

/** The key `transient` makes Open vSwitch drop the port at a reboot; the agent makes it again when pods are there. */
function insertTunnel(
  { tap, name, type, options }: PlannedTunnel,
  interfaceId: string,
  portId: string,
): readonly Operation[] {
  const ids = { [tapKeys.owner]: ownerValue, [tapKeys.tap]: tap };
  const row = { name, interfaces: [namedUuid(interfaceId)], external_ids: ids, other_config: { transient: "true" } };
  return [insert(ovsInterface, { name, type, options }, interfaceId), insert(ovsPort, row, portId)];
}

function isTunnelOf(found: TapTunnel, planned: PlannedTunnel): boolean {
  return found.tap === planned.tap && found.name === planned.name && found.type === planned.type;
}

function hasOptions({ options: found }: TapTunnel, { options }: PlannedTunnel): boolean {
  return ["remote_ip", "key"].every((key) => found.get(key) === options[key]);
}

function setOptions({ interfaceUuid }: TapTunnel, { options }: PlannedTunnel): Operation {
  return update(ovsInterface, [["_uuid", "==", interfaceUuid]], { options });
}

function rowOf({ output, from, to }: PlannedMirror, uuidOf: ReadonlyMap<string, Reference>) {
  const reference = (end: MirrorEnd): Reference => ("port" in end ? end.port : (uuidOf.get(end.tunnel) ?? ""));
  return {
    output_port: reference(output),
    select_src_port: from.map(reference),
    select_dst_port: to.map(reference),
  };
}

function isAsPlanned({ output, from, to }: TapMirror, row: ReturnType<typeof rowOf>): boolean {
  return output === row.output_port && isSameSet(from, row.select_src_port) && isSameSet(to, row.select_dst_port);
}

function isSameSet(found: readonly string[], wanted: readonly Reference[]): boolean {
  const texts = new Set<Reference>(wanted);
  return found.length === texts.size && found.every((one) => texts.has(one));
}
