import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conflictEvents } from "#src/controllers/pod-events/conflict-events.ts";
import type { ConflictHolder } from "#src/ipam/watch/conflict-watch.ts";
import { labelledPod } from "#test/fixtures/controllers/labelled-pod.ts";

const foreign: ConflictHolder = { name: "vm", owner: undefined };
const port = (allocation: string, podUid = ""): ConflictHolder => ({
  name: `${allocation}-net1`,
  owner: { allocation, namespace: "default", pod: "", podUid, cluster: "" },
});
const pods = {
  a: [labelledPod({ name: "forger", uid: "uid-forger" }), labelledPod({ name: "web", uid: "uid-web" })],
  b: [labelledPod({ name: "db", uid: "uid-db" })],
} as const;

function notes(newcomer: ConflictHolder, ...others: readonly ConflictHolder[]) {
  const podsOf = (id: string) => (id === "a" || id === "b" ? pods[id] : []);
  return conflictEvents({ network: "blue", newcomer, others }, podsOf).map(({ subject, reason, message }) => {
    assert.equal(reason, "AddressConflict");
    return [subject.name, message.split(": ")[1]];
  });
}

describe("the Events of a conflict", () => {
  it("tell a pod about a foreign port, whether it came later or was there before", () => {
    assert.deepEqual(notes(foreign, port("b")), [["db", "vm."]]);
    assert.deepEqual(notes(port("b"), foreign), [["db", "vm."]]);
  });

  it("tell each of several pods about all others", () => {
    assert.deepEqual(notes(port("a", "uid-web"), port("b"), foreign), [
      ["web", "b-net1, vm."],
      ["db", "a-net1, vm."],
    ]);
  });

  it("say nothing to a pod that only has the label of another's allocation, or is not known", () => {
    assert.deepEqual(notes(foreign, port("a", "uid-web")), [["web", "vm."]]);
    assert.deepEqual(notes(foreign, port("a", "uid-gone"), port("gone")), []);
  });
});
