import type { Row } from "ovsdb-client";
import {
  bridgeKeys,
  localnetKey,
  type ovsBridge,
  type ovsInterface,
  type ovsPort,
  type ovsQos,
  type ovsRoot,
} from "#cni/plumbing/ovs-tables.ts";
import { findNoop } from "#cni/plumbing/ovs-ports.ts";
import type { BridgePort, OvsWiring, WireBridge } from "./ovs-wiring.ts";

interface OvsRows {
  readonly bridges: ReadonlyMap<string, Row<typeof ovsBridge>>;
  readonly ports: ReadonlyMap<string, Row<typeof ovsPort>>;
  readonly interfaces: ReadonlyMap<string, Row<typeof ovsInterface>>;
  readonly qos: ReadonlyMap<string, Row<typeof ovsQos>>;
}

/** The key of `external_ids` in the table Open_vSwitch in which the agent remembers its mappings. */
export const ownMappingsKey = "k8s.plugin.opnfv.org/bridge-mappings";

const sharedMappingsKey = "ovn-bridge-mappings";
/** ovs-vswitchd.conf.db(5), `other_config:vlan-limit`. */
const defaultVlanLimit = 1;

/** Reads what the database says about wires. `datapathType` is that of the integration bridge. */
export function readOvsWiring(root: Row<typeof ovsRoot>, datapathType: string, rows: OvsRows): OvsWiring {
  const { external_ids: ids, other_config: config } = root;
  // ovn-controller prefers a key with the id of its chassis behind the name; see ovn-controller(8).
  const ofChassis = `${sharedMappingsKey}-${ids.get("system-id") ?? ""}`;
  const mappingsKey = ids.has(ofChassis) ? ofChassis : sharedMappingsKey;
  return {
    bridges: [...rows.bridges].map(([uuid, row]) => readBridge(uuid, row, rows)),
    noop: findNoop(rows.qos),
    datapathType,
    mappingsKey,
    mappingsText: ids.get(mappingsKey),
    ownText: ids.get(ownMappingsKey),
    vlanLimit: readNumber(config.get("vlan-limit")) ?? defaultVlanLimit,
  };
}

function readBridge(uuid: string, row: Row<typeof ovsBridge>, rows: OvsRows): WireBridge {
  const { name, datapath_type: datapathType, external_ids: ids } = row;
  const isOwn = ids.get(bridgeKeys.owner) === "ovn4nfv";
  return {
    uuid,
    name,
    datapathType,
    madeFor: isOwn ? ids.get(bridgeKeys.interface) : undefined,
    wasDown: ids.get(bridgeKeys.wasDown) === "true",
    linkIndex: readNumber(ids.get(bridgeKeys.linkIndex)),
    ports: row.ports.flatMap((port) => readPort(port, rows) ?? []),
  };
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function readPort(uuid: string, { ports, interfaces }: OvsRows): BridgePort | undefined {
  const row = ports.get(uuid);
  if (row === undefined) return undefined;
  const members = row.interfaces.flatMap((one) => interfaces.get(one) ?? []);
  return {
    uuid,
    name: row.name,
    tag: row.tag === undefined ? undefined : Number(row.tag),
    localnet: row.external_ids.get(localnetKey),
    interfaces: members.map(({ name, type, error, link_state: state, ifindex }) => {
      return { name, type, fault: error, linkMark: `${state ?? ""} ${ifindex?.toString() ?? ""}` };
    }),
  };
}
