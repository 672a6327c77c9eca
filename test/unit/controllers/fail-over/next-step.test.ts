import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextStep, type SeenMember, type SeenPair, type Step } from "#src/controllers/fail-over/next-step.ts";

const heard = { silentMs: 1_000, heardMs: 60_000 };
const silent = { silentMs: 9_500, heardMs: 60_000 };
const never = { silentMs: undefined, heardMs: 0 };

function member(facts: Partial<SeenMember> = {}): SeenMember {
  return { ...heard, tunnel: "up", answeredMs: undefined, ...facts };
}

/** The step of n1 and n2. A question of 3.4 s ago was answered by those that have `answeredMs`. */
function step(n1: SeenMember, n2: SeenMember, facts: Partial<Pick<SeenPair, "out" | "askedMs">> = {}): Step {
  const members = (chassis: string): SeenMember => (chassis === "n1" ? n1 : n2);
  return nextStep({ chassis: ["n1", "n2"], out: undefined, askedMs: 3_400, ...facts, members });
}

const survivor = member({ tunnel: "down", answeredMs: 3_100 });
const gone = member({ ...silent, tunnel: "up" });
const stay = { kind: "stay" } as const;
const ask = { kind: "ask" } as const;

describe("a member leaves the group", () => {
  it("when its agent and its ovn-controller are silent, and the other one has no tunnel to it", () => {
    assert.deepEqual(step(gone, survivor), { kind: "take-out", chassis: "n1" });
    assert.deepEqual(step(survivor, gone), { kind: "take-out", chassis: "n2" });
  });

  it("only with all of these, each of which may have a cause of its own", () => {
    const cases: readonly (readonly [string, SeenMember, SeenMember])[] = [
      ["only the tunnel is cut", member({ tunnel: "down" }), survivor],
      ["only the agent is away", gone, member({ answeredMs: 3_100 })],
      ["the tunnel and the API server are cut, and its ovn-controller answers", { ...gone, answeredMs: 100 }, survivor],
      ["the survivor's agent is away, so that its word is old", gone, { ...survivor, ...silent }],
      ["the survivor's agent knows nothing of the tunnel", gone, { ...survivor, tunnel: undefined }],
      ["there never was a renewal", { ...gone, ...never }, survivor],
      ["nobody answers, because northd or the database is away", gone, { ...survivor, answeredMs: undefined }],
      ["the survivor has answered just now", gone, { ...survivor, answeredMs: 2_900 }],
    ];
    for (const [title, n1, n2] of cases) assert.deepEqual(step(n1, n2), stay, title);
  });

  it("after a question that was put when the agent had been silent for long enough, and is not old", () => {
    for (const askedMs of [undefined, 15_001, 3_600]) {
      assert.deepEqual(step(gone, survivor, { askedMs }), ask, String(askedMs));
    }
  });
});

describe("a member that is out", () => {
  const back = member({ answeredMs: 100 });

  it("comes back when it has been heard for a while, has its tunnel, and answers", () => {
    assert.deepEqual(step(back, member(), { out: "n1" }), { kind: "put-back", chassis: "n1" });
    assert.deepEqual(step(member(), back, { out: "n2" }), { kind: "put-back", chassis: "n2" });
  });

  it("stays out while one of these is missing", () => {
    const cases: readonly (readonly [string, SeenMember, SeenMember])[] = [
      ["it has just come", { ...back, heardMs: 9_000 }, member()],
      ["it is silent again", { ...back, ...silent }, member()],
      ["the tunnel is down", { ...back, tunnel: "down" }, member({ tunnel: "down" })],
      ["its agent sees the tunnel down", { ...back, tunnel: "down" }, member()],
      ["nobody knows of the tunnel", { ...back, tunnel: undefined }, member({ tunnel: undefined })],
      ["it does not answer", member(), member({ answeredMs: 100 })],
    ];
    for (const [title, n1, n2] of cases) assert.deepEqual(step(n1, n2, { out: "n1" }), stay, title);
  });

  it("is asked before it comes back, since its last answer may be from before it went", () => {
    assert.deepEqual(step(back, member(), { out: "n1", askedMs: undefined }), ask);
    assert.deepEqual(step({ ...back, heardMs: 12_000 }, member(), { out: "n1", askedMs: 12_500 }), ask);
  });

  it("comes back by its own word when the agent of the other one is away, and takes over when that one is gone", () => {
    assert.deepEqual(step(back, member(silent), { out: "n1" }), { kind: "put-back", chassis: "n1" });
    assert.deepEqual(step(survivor, gone, { out: "n1" }), { kind: "take-out", chassis: "n2" });
  });

  it("stays while nobody is heard, as after a loss of the API server", () => {
    assert.deepEqual(step(member(silent), member(silent), { out: "n1" }), stay);
    assert.deepEqual(step(member(silent), member(silent)), stay);
  });
});
