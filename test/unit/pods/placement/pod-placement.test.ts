import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkedInterface } from "#src/pods/networks/networked-interface.ts";
import { checkPlacement, checkTemplateSelector, placementLabels } from "#src/pods/placement/pod-placement.ts";

const interfaceOn = (network: string, physicalNetwork?: string) =>
  ({ asked: { field: "interface[0]" }, network: { name: network, physicalNetwork } }) as unknown as NetworkedInterface;
const lan = interfaceOn("office", "lan");
const wan = interfaceOn("uplink", "wan");
const blue = interfaceOn("blue");

function carriedBy(nodes: Readonly<Record<string, readonly string[]>>) {
  return {
    on: (node: string) => (nodes[node] === undefined ? undefined : new Set(nodes[node])),
    anyCarries: (wires: readonly string[]) =>
      Object.values(nodes).some((carried) => wires.every((wire) => carried.includes(wire))),
  };
}
const apart = carriedBy({ n1: ["lan"], n2: ["wan"] });

test("a pod gets a label for each wire that it joins, and none for other networks", () => {
  assert.deepEqual(placementLabels([lan, wan, lan, blue]), {
    "provider.k8s.plugin.opnfv.org/lan": "ready",
    "provider.k8s.plugin.opnfv.org/wan": "ready",
  });
  assert.deepEqual(placementLabels([blue]), {});
});

test("a pod is refused when no node carries its wires, one of them or all together", () => {
  checkPlacement([lan, blue], undefined, apart);
  checkPlacement([blue], "nowhere", carriedBy({}));
  assert.throws(
    () => checkPlacement([lan], undefined, carriedBy({ n1: [] })),
    /"office" is on the wire lan, which no node carries;/,
  );
  assert.throws(
    () => checkPlacement([lan, wan], undefined, apart),
    /on one of the wires lan and wan, which no node carries together/,
  );
});

test("of a pod that names its node that node is checked", () => {
  checkPlacement([lan], "n1", apart);
  assert.throws(
    () => checkPlacement([lan], "n2", apart),
    /spec\.nodeName "n2" does not carry the wire lan of the network "office"/,
  );
  assert.throws(() => checkPlacement([lan], "n9", apart), /WireMissing: spec\.nodeName "n9"/);
});

test("the template of a DaemonSet that lacks a label is refused with what to write", () => {
  const labels = placementLabels([lan]);
  checkTemplateSelector(labels, { ...labels, zone: "a" });
  assert.throws(
    () => checkTemplateSelector(labels, { zone: "a" }),
    /spec\.template\.spec\.nodeSelector .*; write \{"provider\.k8s\.plugin\.opnfv\.org\/lan":"ready"\} into it/,
  );
});
