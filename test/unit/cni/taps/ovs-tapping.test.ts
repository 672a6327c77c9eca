import assert from "node:assert/strict";
import { test } from "node:test";
import { readOvsTapping } from "#cni/taps/ovs-tapping.ts";

const text = (entries: Readonly<Record<string, string>> = {}) => new Map(Object.entries(entries));
const mine = text({ "k8s.plugin.opnfv.org/owner": "ovn4nfv", "k8s.plugin.opnfv.org/tap": "t1" });
const port = { tag: undefined, protected: false, external_ids: text() };
const link = { type: "", error: undefined, link_state: "up", ifindex: 7n, ofport: undefined, options: text() };
const wired = (name: string, owner: string) => ({
  ...link,
  name: `h${name}`,
  external_ids: text({ "k8s.plugin.opnfv.org/owner": owner, "iface-id": name }),
});

test("mirrors and tunnels are ours by their marks, and ports of pods by the agent's", () => {
  const bridge = {
    name: "br-int",
    datapath_type: "netdev",
    ports: ["p1", "p2", "p3", "gone"],
    mirrors: ["m1", "m2"],
    external_ids: text(),
  };
  const mirror = { name: "m", output_port: "p1", select_src_port: ["p2"], select_dst_port: [], external_ids: mine };
  const found = readOvsTapping(
    bridge,
    new Map([
      ["p1", { ...port, name: "tapo", interfaces: ["i1"], external_ids: mine }],
      ["p2", { ...port, name: "ha", interfaces: ["i2"], protected: true }],
      ["p3", { ...port, name: "hb", interfaces: ["i3"] }],
      ["elsewhere", { ...port, name: "hc", interfaces: ["i4"] }],
    ]),
    new Map([
      ["i1", { ...link, name: "tapo", type: "geneve", options: text({ key: "7" }), external_ids: text() }],
      ["i2", wired("a", "ovn4nfv")],
      ["i3", wired("b", "somebody")],
      ["i4", wired("c", "ovn4nfv")],
    ]),
    new Map([
      ["m1", mirror],
      ["m2", { ...mirror, external_ids: text({ "ovn-owned": "true" }) }],
    ]),
  );
  assert.deepEqual(found, {
    bridge: "br-int",
    mirrors: [{ uuid: "m1", tap: "t1", output: "p1", from: ["p2"], to: [] }],
    tunnels: [
      {
        uuid: "p1",
        interfaceUuid: "i1",
        tap: "t1",
        name: "tapo",
        type: "geneve",
        options: text({ key: "7" }),
        fault: undefined,
      },
    ],
    ports: new Map([["a", "p2"]]),
    protectedPorts: new Set(["p2"]),
    foreign: 1,
  });
});
