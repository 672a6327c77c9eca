import assert from "node:assert/strict";
import { test } from "node:test";
import { readOvsWiring } from "#cni/wires/read-ovs-wiring.ts";

const text = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries));
const root = (ids: Readonly<Record<string, string>>, config: Readonly<Record<string, string>> = {}) => ({
  ovs_version: undefined,
  external_ids: text(ids),
  other_config: text(config),
});
const none = { bridges: new Map(), ports: new Map(), interfaces: new Map(), qos: new Map() };

test("a bridge is ours by its mark, and has ports of the node and of ovn-controller", () => {
  const marks = {
    "k8s.plugin.opnfv.org/owner": "ovn4nfv",
    "k8s.plugin.opnfv.org/interface": "eth1",
    "k8s.plugin.opnfv.org/was-down": "true",
    "k8s.plugin.opnfv.org/link-index": "7",
  };
  const row = {
    name: "br-eth1",
    datapath_type: "netdev",
    ports: ["p1", "p2", "p9"],
    mirrors: [],
    external_ids: text(marks),
  };
  const link = { link_state: "up", ifindex: 7n, ofport: undefined, options: text({}), external_ids: text({}) };
  const rows = {
    qos: new Map(),
    bridges: new Map([["b1", row]]),
    ports: new Map([
      ["p1", { name: "eth1", interfaces: ["i1"], tag: 5n, protected: false, external_ids: text({}) }],
      [
        "p2",
        {
          name: "patch",
          interfaces: ["i2"],
          tag: undefined,
          protected: false,
          external_ids: text({ "ovn-localnet-port": "one" }),
        },
      ],
    ]),
    interfaces: new Map([
      ["i1", { ...link, name: "eth1", type: "", error: "no such device" }],
      ["i2", { ...link, name: "patch", type: "patch", error: undefined }],
    ]),
  };
  const [bridge] = readOvsWiring(root({}), "netdev", rows).bridges;
  const { ports, ...facts } = bridge ?? { ports: [] };
  assert.deepEqual(facts, {
    uuid: "b1",
    name: "br-eth1",
    datapathType: "netdev",
    madeFor: "eth1",
    wasDown: true,
    linkIndex: 7,
  });
  const shown = ports.map(({ name, tag, localnet, interfaces }) => [
    name,
    tag,
    localnet,
    interfaces[0]?.fault,
    interfaces[0]?.linkMark,
  ]);
  assert.deepEqual(shown, [
    ["eth1", 5, undefined, "no such device", "up 7"],
    ["patch", undefined, "one", undefined, "up 7"],
  ]);
});

test("the mappings are read from the key that ovn-controller prefers", () => {
  const shared = { "system-id": "c-1", "ovn-bridge-mappings": "a:br-a" };
  assert.equal(readOvsWiring(root(shared), "", none).mappingsText, "a:br-a");
  const own = readOvsWiring(root({ ...shared, "ovn-bridge-mappings-c-1": "b:br-b" }), "", none);
  assert.deepEqual([own.mappingsKey, own.mappingsText], ["ovn-bridge-mappings-c-1", "b:br-b"]);
});

test("Open vSwitch reads one tag unless it is told otherwise", () => {
  const limit = (config: Readonly<Record<string, string>>) => readOvsWiring(root({}, config), "", none).vlanLimit;
  assert.deepEqual(
    [limit({}), limit({ "vlan-limit": "0" }), limit({ "vlan-limit": "2" }), limit({ "vlan-limit": "x" })],
    [1, 0, 2, 1],
  );
});
