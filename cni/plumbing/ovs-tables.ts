// The tables of the node's Open_vSwitch database that the agent reads; see ovs-vswitchd.conf.db(5).
import { column, table } from "ovsdb-client";

const text = column.string();
const stringMap = column.map(text, text);

/**
 * Keys of `external_ids` of an Interface. `iface-id`, `iface-id-ver` and `ovn-installed` belong to ovn-controller. `sandbox`
 * and `attached_mac` are usual in CNI plugins for OVN. The others say which call made the interface, for DEL and GC.
 */
export const interfaceKeys = {
  owner: "k8s.plugin.opnfv.org/owner",
  port: "iface-id",
  allocation: "iface-id-ver",
  installed: "ovn-installed",
  mac: "attached_mac",
  sandbox: "sandbox",
  /** CNI_IFNAME of the call, which may differ from the name of the interface. */
  attachment: "attachment",
  cniNetwork: "cni-network",
  interface: "interface",
} as const;

export const ovsBridge = table("Bridge", { name: text, datapath_type: text, ports: column.set(column.uuid()) });

export const ovsPort = table("Port", {
  name: text,
  interfaces: column.set(column.uuid()),
  other_config: column.writeOnly(stringMap),
  qos: column.writeOnly(column.optional(column.uuid())),
});

/** Says what Open vSwitch does with the queueing disciplines of a port. The type `linux-noop` leaves those of somebody else. */
export const ovsQos = table("QoS", { type: text, external_ids: column.map(text, text) });

export const ovsInterface = table("Interface", {
  name: text,
  external_ids: column.map(text, text, { keep: Object.values(interfaceKeys) }),
});

/** The tables that the agent monitors. */
export const nodeTables = [ovsBridge, ovsPort, ovsInterface, ovsQos] as const;
