import assert from "node:assert/strict";
import { test } from "node:test";
import { ListChanges } from "#src/commands/inspect/watch/list-changes.ts";

interface Row {
  readonly name: string;
  readonly free: bigint;
}

test("rows come, change and go; a row that stays the same is not told of", () => {
  const changes = new ListChanges<Row>(({ name }) => name);
  const blue = { name: "blue", free: 7n };
  assert.deepEqual(changes.next([blue]), [{ type: "ADDED", object: blue }]);
  assert.deepEqual(changes.next([{ ...blue }]), []);
  const less = { name: "blue", free: 6n };
  const green = { name: "green", free: 1n };
  assert.deepEqual(changes.next([less, green]), [
    { type: "MODIFIED", object: less },
    { type: "ADDED", object: green },
  ]);
  assert.deepEqual(changes.next([green]), [{ type: "DELETED", object: less }]);
});

test("rows that share a key are told apart", () => {
  const changes = new ListChanges<Row>(({ name }) => name);
  const [one, two] = [
    { name: "a", free: 1n },
    { name: "a", free: 2n },
  ];
  assert.equal(changes.next([one, two]).length, 2);
  assert.deepEqual(changes.next([one]), [{ type: "DELETED", object: two }]);
});
