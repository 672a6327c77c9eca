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

/** Keys of `external_ids` of a Bridge that the agent made for an interface of the node. */
export const bridgeKeys = {
  owner: interfaceKeys.owner,
  interface: "k8s.plugin.opnfv.org/interface",
  /** It is `true` when the interface was down before, and is put down again when the bridge goes. */
  wasDown: "k8s.plugin.opnfv.org/was-down",
  /** The number of the link that Open vSwitch has opened. A link that was taken away and given back has another one. */
  linkIndex: "k8s.plugin.opnfv.org/link-index",
} as const;

/** The key of `external_ids` of the ports that ovn-controller makes for a localnet port. */
export const localnetKey = "ovn-localnet-port";

/** The key of `external_ids` of the ports that ovn-controller makes for tunnels. */
export const chassisIdKey = "ovn-chassis-id";

/** Keys of `external_ids` of a Mirror, and of the Port of a tunnel, that the agent made for a Tap. */
export const tapKeys = {
  owner: interfaceKeys.owner,
  /** The UID of the Tap. */
  tap: "k8s.plugin.opnfv.org/tap",
} as const;

export const ovsBridge = table("Bridge", {
  name: text,
  datapath_type: text,
  ports: column.set(column.uuid()),
  mirrors: column.set(column.uuid()),
  external_ids: column.map(text, text, { keep: Object.values(bridgeKeys) }),
});

export const ovsPort = table("Port", {
  name: text,
  interfaces: column.set(column.uuid()),
  tag: column.optional(column.integer()),
  protected: column.boolean(),
  external_ids: column.map(text, text, { keep: [localnetKey, chassisIdKey, ...Object.values(tapKeys)] }),
  other_config: column.writeOnly(stringMap),
  qos: column.writeOnly(column.optional(column.uuid())),
});

/** Says what Open vSwitch does with the queueing disciplines of a port. The type `linux-noop` leaves those of somebody else. */
export const ovsQos = table("QoS", { type: text, external_ids: column.map(text, text) });

export const ovsInterface = table("Interface", {
  name: text,
  type: text,
  /** The settings of a tunnel. */
  options: column.map(text, text, { keep: ["remote_ip", "key"] }),
  /** Why ovs-vswitchd cannot use the interface. */
  error: column.optional(text),
  /** ovs-vswitchd keeps both up to date, so that the agent is woken when a cable or an interface comes or goes. */
  link_state: column.optional(text),
  ifindex: column.optional(column.integer()),
  /** The number of the port in OpenFlow; -1 when ovs-vswitchd could not add it. */
  ofport: column.optional(column.integer()),
  external_ids: column.map(text, text, { keep: Object.values(interfaceKeys) }),
});

/** The interfaces with what concerns tunnels. ovn-controller turns BFD on between gateways, and ovs-vswitchd says what it found. */
export const ovsTunnel = table("Interface", {
  ...ovsInterface.columns,
  bfd: column.map(text, text, { keep: ["enable"] }),
  bfd_status: column.map(text, text, { keep: ["state"] }),
});

/** Copies of packets, which ovs-vswitchd makes when the row is in the column `mirrors` of a bridge. */
export const ovsMirror = table("Mirror", {
  name: text,
  output_port: column.optional(column.uuid()),
  select_src_port: column.set(column.uuid()),
  select_dst_port: column.set(column.uuid()),
  external_ids: column.map(text, text, { keep: Object.values(tapKeys) }),
});

/** The root table of the database: ovn-controller reads its settings there, and `next_cfg` asks ovs-vswitchd for a new pass. */
export const ovsRoot = table("Open_vSwitch", {
  next_cfg: column.writeOnly(column.integer()),
  bridges: column.writeOnly(column.set(column.uuid())),
  ovs_version: column.optional(text),
  external_ids: stringMap,
  other_config: stringMap,
});

/** Two columns of the root table that are read in transactions only, because they change with each port. */
export const ovsCounters = table("Open_vSwitch", { next_cfg: column.integer(), cur_cfg: column.integer() });

/** The tables that the agent monitors. */
export const nodeTables = [ovsRoot, ovsBridge, ovsPort, ovsTunnel, ovsQos, ovsMirror] as const;
