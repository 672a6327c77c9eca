import assert from "node:assert/strict";
import { test } from "node:test";
import { reachRows } from "#src/ovn/rows/reach-rows.ts";

const matches = (from: readonly string[]) =>
  reachRows({ name: "room", uid: "u1" }, from).map(({ id, columns, parent }) => [
    id,
    columns["priority"],
    columns["match"],
    columns["action"],
    parent?.id,
  ]);

test("a network with reachableFrom lets in the named networks, its own packets and those from outside, and drops the rest", () => {
  const open = 'inport == {"rtoj-ovn4nfv-master", "rtos-room", "rtos-hall", "rtos-yard"} && outport == "rtos-room"';
  const closed = 'outport == "rtos-room"';
  assert.deepEqual(matches(["yard", "hall", "yard"]), [
    ["u1/reach-open", 18_100, open, "allow", "topology/ovn4nfv-master"],
    ["u1/reach-closed", 18_000, closed, "drop", "topology/ovn4nfv-master"],
  ]);
});

test("a network that names nobody still lets in what comes from outside", () => {
  assert.equal(matches([])[0]?.[2], 'inport == {"rtoj-ovn4nfv-master", "rtos-room"} && outport == "rtos-room"');
});
