import assert from "node:assert/strict";
import { test } from "node:test";
import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";
import { linesOfNode, nodeColumns, reportNode } from "#src/commands/inspect/objects/node-lines.ts";
import { printTable } from "#src/commands/output/text-table.ts";

const condition = (type: string, status: string, reason: string, message = "") => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-11-28T20:00:00Z",
});
const ready = condition("Ready", "True", "Connected");
const uplink = (name: string, ...gatewayChassis: readonly string[]) => ({
  name,
  status: { gatewayChassis: [...gatewayChassis] },
});
const table = (name: string, status: object | undefined, ...more: readonly object[]): string => {
  const versions = { ovs: "3.1.0", ovnController: "23.03.1" };
  const read = status === undefined ? undefined : ovnNodeStatusSchema.parse(status);
  const node = reportNode({ name, status: read }, more as ReturnType<typeof uplink>[], versions);
  return printTable(linesOfNode(node), nodeColumns);
};

test("each wire of a node has a line, with its first fault and the gateways that the node may carry", () => {
  const wires = [
    { physicalNetwork: "lan", interface: "eth1", bridge: "br-eth1", mtu: 1500, conditions: [ready] },
    {
      physicalNetwork: "wan",
      interface: "eth2",
      conditions: [ready, condition("MtuFits", "False", "MtuTooSmall", "1500 < 9000")],
    },
    { physicalNetwork: "new", conditions: [] },
  ];
  const status = { systemId: "c1", agentVersion: "0.1.0", wires };
  const text = table("n1", status, uplink("west", "c1", "c2"), uplink("east", "c1"), uplink("north", "c2"));
  assert.match(text, /n1 +c1 +0\.1\.0 +3\.1\.0 +23\.03\.1 +east,west +lan +eth1 +br-eth1 +1500 +True\n/);
  assert.match(text, /wan +eth2 +- +- +MtuTooSmall +1500 < 9000\n/);
  assert.match(text, /new +- +- +- +Unknown\n/);
});

test("a node without wires, or whose agent has said nothing, has a line too", () => {
  const conditions = [condition("Ready", "False", "OtherChassis", "ovn-controller is the chassis x")];
  assert.match(table("n2", { conditions }), /n2 +OtherChassis +- .* ovn-controller is the chassis x\n/);
  assert.match(table("n3", undefined), /n3 +Unknown +-/);
});
