import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type NodeWiring, runningTasks, wiringFaults } from "#lab/cluster/node-wiring.ts";

const element = {
  interface: "net1",
  network: "blue",
  ip_address: [],
  mac_address: "0a:00",
  gateway_ip: [],
  port: "a-1",
};
const pod: KubeObject = {
  metadata: {
    name: "p",
    uid: "u",
    resourceVersion: "1",
    namespace: "ns",
    annotations: { "k8s.plugin.opnfv.org/ovnInterfaces": JSON.stringify([element]) },
  },
};
const ids = { "iface-id": "a-1", attached_mac: "0a:00", "ovn-installed": "true", sandbox: "s1" };
const port = (more: Readonly<Record<string, string>> = {}) => ({
  name: "ovn1",
  ids: new Map(Object.entries({ ...ids, ...more })),
});
const wired: NodeWiring = { ports: [port()], pairs: ["ovn1"], running: new Map([["s1", 7]]) };

describe("faults of a node's wiring", () => {
  it("are none when pods and node agree", () => {
    assert.deepEqual(wiringFaults([pod], wired), []);
  });

  const rows: readonly (readonly [string, Partial<NodeWiring>, readonly KubeObject[], RegExp])[] = [
    ["a pod without its port", { ports: [], pairs: [] }, [pod], /^net1 of ns\/p has 0 ports$/],
    ["a port twice", { ports: [port(), port()] }, [pod], /^net1 of ns\/p has 2 ports$/],
    ["another MAC", { ports: [port({ attached_mac: "0b" })] }, [pod], /is wired as 0b, not 0a:00$/],
    ["a port that is not installed", { ports: [port({ "ovn-installed": "" })] }, [pod], /not installed/],
    ["a port without a link", { pairs: [] }, [pod], /has no ovn1 in the kernel$/],
    ["a sandbox that is gone", { running: new Map() }, [pod], /sandbox s1, which does not run$/],
    ["a port of nobody", {}, [], /^the port ovn1 for a-1 belongs to no pod$/],
    ["a link of nobody", { ports: [], pairs: ["ovn2"] }, [], /^the link ovn2 has no port$/],
  ];
  for (const [what, change, pods, fault] of rows) {
    it(`report ${what}`, () => {
      const [first = "", ...others] = wiringFaults(pods, { ...wired, ...change });
      assert.match(first, fault);
      assert.deepEqual(others, []);
    });
  }
});

describe("the list of tasks", () => {
  it("gives those that run", () => {
    const listing = "TASK   PID     STATUS    \nabc    1047    RUNNING\ndef    12    STOPPED\n";
    assert.deepEqual([...runningTasks(listing)], [["abc", 1047]]);
  });
});
