// The changes of Open vSwitch's database that bring it to a plan. One transaction makes all of them, or none.
import { insert, mutate, namedUuid, type Operation, update, wait } from "ovsdb-client";
import type { LinkState } from "#cni/plumbing/network-state.ts";
import { insertNoop } from "#cni/plumbing/ovs-ports.ts";
import { bridgeKeys, ovsBridge, ovsInterface, ovsPort, ovsRoot } from "#cni/plumbing/ovs-tables.ts";
import { changeMappings, mappingsOutside, parseMappings, printMappings } from "./bridge-mappings.ts";
import { wireBridgeName } from "./bridge-name.ts";
import { datapathOf, type OvsWiring, type WireBridge, type WireView } from "./ovs-wiring.ts";
import { ownMappingsKey } from "./read-ovs-wiring.ts";
import type { WirePlan } from "./wire-plan.ts";

const ownerValue = "ovn4nfv";
const noopId = "noop";

type Qos = string | ReturnType<typeof namedUuid>;

/**
 * The operations that are missing for the plan; none when everything is there. They fail with `timed out` when somebody else
 * has changed one of the values since the view, and then nothing is changed.
 */
export function wireOperations(
  { attachable, kept, leaving, mappings }: WirePlan,
  { ovs, kernel }: WireView,
): readonly Operation[] {
  const links = new Map(kernel.links.map((link) => [link.name, link]));
  const own = ovs.bridges.filter(({ madeFor }) => madeFor !== undefined);
  const bridgeFor = (name: string) => own.find(({ madeFor }) => madeFor === name);
  const qos = ovs.noop ?? namedUuid(noopId);
  const changes = [
    ...attachable.flatMap((name, position) => {
      const bridge = bridgeFor(name);
      const link = links.get(name);
      if (bridge === undefined) return link === undefined ? [] : makeBridge(link, position, qos, ovs.datapathType);
      return [...mendBridge(bridge, name, link?.index, ovs.datapathType), ...putBack(bridge, name, link?.index, qos)];
    }),
    ...kept.flatMap((name) => {
      const bridge = bridgeFor(name);
      return bridge === undefined ? [] : mendBridge(bridge, name, links.get(name)?.index, ovs.datapathType);
    }),
    ...own.flatMap((bridge) => (leaving.includes(bridge.madeFor ?? "") ? dropBridge(bridge) : [])),
    ...mapBridges(mappings, ovs),
  ];
  const isNoopMissing = ovs.noop === undefined && changes.some(({ op, table }) => op === "insert" && table === "Port");
  return isNoopMissing ? [insertNoop(noopId), ...changes] : changes;
}

function makeBridge(
  { name, index, isUp }: LinkState,
  position: number,
  qos: Qos,
  datapathType: string,
): readonly Operation[] {
  const bridge = wireBridgeName(name);
  const [bridgeId = "", localId = "", localPortId = ""] = ["b", "li", "lp"].map(
    (one) => `${one}${position.toString()}`,
  );
  const ids = {
    [bridgeKeys.owner]: ownerValue,
    [bridgeKeys.interface]: name,
    [bridgeKeys.linkIndex]: index.toString(),
    ...(isUp ? {} : { [bridgeKeys.wasDown]: "true" }),
  };
  return [
    wait(ovsBridge, { where: [["name", "==", bridge]], columns: ["name"], until: "==", rows: [], timeoutMs: 0 }),
    insert(ovsInterface, { name: bridge, type: "internal" }, localId),
    insert(ovsPort, { name: bridge, interfaces: [namedUuid(localId)] }, localPortId),
    ...makePort(name, position, qos),
    insert(
      ovsBridge,
      {
        name: bridge,
        datapath_type: datapathType,
        external_ids: ids,
        ports: [namedUuid(localPortId), namedUuid(`p${position.toString()}`)],
      },
      bridgeId,
    ),
    mutate(ovsRoot, [], [["bridges", "insert", [namedUuid(bridgeId)]]]),
  ];
}

/**
 * The key `transient` makes Open vSwitch drop the port at a reboot: the node may use the interface for itself after it. The
 * queueing disciplines of the interface stay as they are.
 */
function makePort(name: string, position: number | string, qos: Qos): readonly Operation[] {
  const [interfaceId, portId] = [`i${position.toString()}`, `p${position.toString()}`];
  return [
    insert(ovsInterface, { name }, interfaceId),
    insert(ovsPort, { name, interfaces: [namedUuid(interfaceId)], qos, other_config: { transient: "true" } }, portId),
  ];
}

/**
 * Open vSwitch in user space reads on from a link that is gone when another one has come in its place. So the port is taken off
 * first, and put back by the next operations if nothing else uses the new link.
 */
function mendBridge(
  { uuid, ports, linkIndex: known, datapathType: type }: WireBridge,
  name: string,
  linkIndex: number | undefined,
  datapathType: string,
): readonly Operation[] {
  const own = [["_uuid", "==", uuid]] as const;
  const port = ports.find((one) => one.name === name);
  const isReplaced = port !== undefined && linkIndex !== undefined && known !== linkIndex;
  return [
    ...(datapathOf(type) === datapathOf(datapathType) ? [] : [update(ovsBridge, own, { datapath_type: datapathType })]),
    ...(isReplaced ? [mutate(ovsBridge, own, [["ports", "delete", [port.uuid]]])] : []),
  ];
}

/** Puts an interface on its bridge again, after a reboot or when somebody has taken its port off. */
function putBack(
  { uuid, ports }: WireBridge,
  name: string,
  linkIndex: number | undefined,
  qos: Qos,
): readonly Operation[] {
  if (linkIndex === undefined || ports.some((one) => one.name === name)) return [];
  const own = [["_uuid", "==", uuid]] as const;
  const position = uuid.replaceAll("-", "");
  return [
    ...makePort(name, position, qos),
    mutate(ovsBridge, own, [["ports", "insert", [namedUuid(`p${position}`)]]]),
    mutate(ovsBridge, own, [["external_ids", "delete", [bridgeKeys.linkIndex]]]),
    mutate(ovsBridge, own, [["external_ids", "insert", { [bridgeKeys.linkIndex]: linkIndex.toString() }]]),
  ];
}

/** The ports are compared, because ovn-controller may add one at the same time. */
function dropBridge({ uuid, ports }: WireBridge): readonly Operation[] {
  const rows = [{ ports: ports.map((port) => port.uuid) }];
  return [
    wait(ovsBridge, { where: [["_uuid", "==", uuid]], columns: ["ports"], until: "==", rows, timeoutMs: 0 }),
    mutate(ovsRoot, [], [["bridges", "delete", [uuid]]]),
  ];
}

function mapBridges(mappings: WirePlan["mappings"], ovs: OvsWiring): readonly Operation[] {
  const gone = mappingsOutside(parseMappings(ovs.ownText), mappings);
  return [
    ...setId(ovs.mappingsKey, ovs.mappingsText, changeMappings(ovs.mappingsText, gone, mappings)),
    ...setId(ownMappingsKey, ovs.ownText, printMappings(mappings)),
  ];
}

/**
 * Changes one key of `external_ids`, which others write too. A mutation inserts a key only when it is absent, and deletes it only
 * with this value; the waits make the transaction fail when it did not.
 */
function setId(key: string, before: string | undefined, after: string): readonly Operation[] {
  if ((before ?? "") === after) return [];
  return [
    ...(before === undefined
      ? []
      : [hasId(key, before), mutate(ovsRoot, [], [["external_ids", "delete", { [key]: before }]])]),
    ...(after === "" ? [] : [mutate(ovsRoot, [], [["external_ids", "insert", { [key]: after }]]), hasId(key, after)]),
  ];
}

/** Fails the transaction unless the key has the value at this moment. */
function hasId(key: string, value: string): Operation {
  return wait(ovsRoot, {
    where: [["external_ids", "includes", { [key]: value }]],
    columns: ["next_cfg"],
    until: "!=",
    rows: [],
    timeoutMs: 0,
  });
}
