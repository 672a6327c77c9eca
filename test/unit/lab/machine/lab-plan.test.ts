import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCidr, printCidr, cidrsOverlap } from "#src/net/cidr.ts";
import { labPlan, mostLabNodes, nodeLinks, planNodes, plugLinks } from "#lab/machine/lab-plan.ts";

describe("the plan of the lab", () => {
  it("gives every node addresses and a pod range of its own, inside the range of all pods", () => {
    const cidr = (text: string) => {
      const parsed = parseCidr(text);
      assert.ok(parsed, text);
      return parsed.cidr;
    };
    const nodes = planNodes(mostLabNodes);
    assert.deepEqual(labPlan.nodes, nodes.slice(0, 2));
    for (const what of ["name", "address", "underlay"] as const) {
      assert.equal(new Set(nodes.map((node) => node[what])).size, mostLabNodes);
    }
    for (const { name, podRange } of nodes) {
      assert.ok(cidrsOverlap(cidr(podRange), cidr(labPlan.podRange)));
      const others = nodes.filter((other) => other.name !== name);
      assert.ok(!others.some((other) => cidrsOverlap(cidr(other.podRange), cidr(podRange))), printCidr(cidr(podRange)));
    }
  });

  it("routes the pods of every other node that there may be, and of each node from the middle", () => {
    const [first, second] = labPlan.nodes;
    assert.ok(first && second);
    assert.ok(nodeLinks(first).includes(`route add ${second.podRange} via ${second.address}`));
    assert.ok(nodeLinks(second).includes("route add 10.244.3.0/24 via 192.0.2.13"));
    assert.ok(!nodeLinks(first).some((line) => line.includes(first.podRange)));
    assert.ok(plugLinks(first, 7).includes(`route replace ${first.podRange} via ${first.address}`));
    assert.ok(plugLinks(first, 7).every((line) => !line.includes("netns") || line.endsWith("netns 7")));
  });
});
