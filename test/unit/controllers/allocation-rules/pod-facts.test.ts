import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PodFacts } from "#src/controllers/allocation-rules/pod-facts.ts";
import type { NodeState } from "#src/controllers/allocation-rules/release-rule.ts";
import { id, keys, labelledPod, portName, tokenFor } from "#test/fixtures/controllers/labelled-pod.ts";

const signal = AbortSignal.any([]);
const forced = { deletionTimestamp: "2026-01-01T01:00:00Z", deletionGracePeriodSeconds: 0 };

function observing(state: NodeState = "there") {
  const world = { nowMs: 0, asked: [] as string[] };
  const podFacts = new PodFacts({
    keys,
    nodeState: (node) => {
      world.asked.push(node);
      return Promise.resolve(state);
    },
    monotonicMs: () => world.nowMs,
    forceBoundMs: 1_000,
  });
  return { world, podFacts };
}

describe("PodFacts", () => {
  it("verifies the token and reads the ports, and asks for no node of a pod that is not forced", async () => {
    const { world, podFacts } = observing();
    const pod = await podFacts.find(labelledPod({ token: tokenFor("web") }), id, signal);
    assert.deepEqual(
      [pod.token, pod.results?.map(({ port }) => port), pod.release, world.asked],
      ["valid", [portName], { release: false }, []],
    );
  });

  it("counts the bound of a forced pod from its own first look", async () => {
    const { world, podFacts } = observing();
    world.nowMs = 5_000;
    const pod = labelledPod({ metadata: forced });
    assert.deepEqual((await podFacts.find(pod, id, signal)).release, { release: false, againInMs: 1_000 });
    world.nowMs = 5_999;
    assert.deepEqual((await podFacts.find(pod, id, signal)).release, { release: false, againInMs: 1 });
    world.nowMs = 6_000;
    assert.equal((await podFacts.find(pod, id, signal)).release.release, true);
  });

  it("remembers forced pods by their node, until they are gone", async () => {
    const { podFacts } = observing();
    await podFacts.find(labelledPod({ metadata: forced }), id, signal);
    assert.deepEqual([podFacts.allocationsOn("worker"), podFacts.allocationsOn("other")], [[id], []]);
    podFacts.forget("uid-web");
    assert.deepEqual(podFacts.allocationsOn("worker"), []);
  });

  it("takes the word of a node that is gone", async () => {
    const { world, podFacts } = observing("gone");
    assert.equal((await podFacts.find(labelledPod({ metadata: forced }), id, signal)).release.release, true);
    assert.deepEqual(world.asked, ["worker"]);
  });
});
