import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCidr, printCidr, cidrsOverlap } from "#src/net/cidr.ts";
import { labPlan, nodeLinks, plugLinks } from "#lab/machine/lab-plan.ts";

describe("the plan of the lab", () => {
  it("gives every node addresses and a pod range of its own, inside the range of all pods", () => {
    const cidr = (text: string) => {
      const parsed = parseCidr(text);
      assert.ok(parsed, text);
      return parsed.cidr;
    };
    const [first, second] = labPlan.nodes;
    assert.ok(first && second && labPlan.nodes.length === 2);
    assert.notEqual(first.address, second.address);
    assert.notEqual(first.underlay, second.underlay);
    assert.equal(cidrsOverlap(cidr(first.podRange), cidr(second.podRange)), false, printCidr(cidr(first.podRange)));
    for (const { podRange } of labPlan.nodes) assert.ok(cidrsOverlap(cidr(podRange), cidr(labPlan.podRange)));
  });

  it("routes the pods of the other node, and of each node from the middle", () => {
    const [first, second] = labPlan.nodes;
    assert.ok(first && second);
    assert.ok(nodeLinks(first).includes(`route add ${second.podRange} via ${second.address}`));
    assert.ok(!nodeLinks(first).some((line) => line.includes(first.podRange)));
    assert.ok(plugLinks(first, 7).includes(`route replace ${first.podRange} via ${first.address}`));
    assert.ok(plugLinks(first, 7).every((line) => !line.includes("netns") || line.endsWith("netns 7")));
  });
});
