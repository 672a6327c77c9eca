import assert from "node:assert/strict";
import { test } from "node:test";
import { Replica } from "../../../src/monitor/replica.ts";
import type { RowChange } from "../../../src/monitor/row-change.ts";
import { column, table } from "../../../src/values/table.ts";

const string = column.string();
const bridge = table("Bridge", {
  name: string,
  ports: column.bigSet(string),
  ids: column.map(string, string, { keep: ["kept"] }),
  secret: column.writeOnly(string),
});

function take(replica: Replica, updates: unknown): readonly RowChange[] {
  const changes = replica.decodeUpdates(updates);
  replica.apply(changes);
  return changes;
}

function withOneRow(): Replica {
  const replica = new Replica([bridge]);
  take(replica, { Bridge: { u: { insert: { name: "a", ports: ["set", ["p", "q"]] } } } });
  return replica;
}

test("only the columns that are read are asked for", () => {
  assert.deepEqual([...new Replica([bridge]).columns()], [["Bridge", ["name", "ports", "ids"]]]);
});

test("a big set is changed in place, and the change tells by what", () => {
  const replica = withOneRow();
  const ports = replica.rows("Bridge").get("u")?.["ports"];
  const [change] = take(replica, { Bridge: { u: { modify: { ports: ["set", ["q", "r"]] } } } });
  assert.deepEqual(change?.deltas, { ports: { added: ["r"], removed: ["q"] } });
  assert.equal(replica.rows("Bridge").get("u")?.["ports"], ports);
  assert.deepEqual(ports, new Set(["p", "r"]));
});

test("rows that come and go tell the elements of their big sets", () => {
  const replica = new Replica([bridge]);
  const [came] = take(replica, { Bridge: { u: { insert: { ports: ["set", ["p"]] } } } });
  const [went] = take(replica, { Bridge: { u: { delete: null } } });
  assert.deepEqual(
    [came?.deltas, went?.deltas],
    [{ ports: { added: ["p"], removed: [] } }, { ports: { added: [], removed: ["p"] } }],
  );
  assert.equal(replica.rows("Bridge").size, 0);
});

test("what is not kept makes no change", () => {
  const replica = withOneRow();
  assert.deepEqual(take(replica, { Bridge: { u: { modify: { ids: ["map", [["other", "1"]]], secret: "x" } } } }), []);
  assert.equal(take(replica, { Bridge: { u: { modify: { ids: ["map", [["kept", "1"]]] } } } }).length, 1);
});

test("nothing of a message shows when a part of it is wrong", () => {
  const replica = withOneRow();
  const updates = { Bridge: { u: { modify: { name: "b", ports: ["set", ["r"]] } }, v: { modify: { name: "c" } } } };
  assert.throws(() => take(replica, updates), { code: "ProtocolError", message: /Bridge v/ });
  assert.deepEqual(replica.rows("Bridge").get("u")?.["name"], "a");
  assert.deepEqual(replica.rows("Bridge").get("u")?.["ports"], new Set(["p", "q"]));
});

test("updates that do not fit the rows are refused", () => {
  for (const [uuid, update] of [
    ["u", { insert: {} }],
    ["v", { modify: {} }],
    ["v", { delete: null }],
    ["u", {}],
    ["u", 1],
  ] as const) {
    assert.throws(() => take(withOneRow(), { Bridge: { [uuid]: update } }), { code: "ProtocolError" });
  }
  assert.throws(() => withOneRow().rows("Other"), { code: "InvalidUse" });
});

test("a full read gives the difference to what was there, and shows nothing before it is over", () => {
  const replica = withOneRow();
  take(replica, { Bridge: { gone: { insert: { name: "gone" } }, same: { insert: { name: "same" } } } });
  const same = replica.rows("Bridge").get("same");
  const ports = replica.rows("Bridge").get("u")?.["ports"];
  const read = replica.beginFullRead();
  read.row("Bridge", "same", { initial: { name: "same" } });
  read.row("Bridge", "u", { initial: { name: "a", ports: ["set", ["q", "r"]] } });
  read.row("Bridge", "new", { initial: { name: "new" } });
  assert.equal(replica.rows("Bridge").size, 3);
  const changes = read.finish();
  replica.apply(changes);
  assert.deepEqual(
    changes.map(({ uuid, before, after }) => [uuid, before?.["name"], after?.["name"]]),
    [
      ["u", "a", "a"],
      ["new", undefined, "new"],
      ["gone", "gone", undefined],
    ],
  );
  assert.deepEqual(changes[0]?.deltas, { ports: { added: ["r"], removed: ["p"] } });
  assert.equal(replica.rows("Bridge").get("u")?.["ports"], ports);
  assert.deepEqual(ports, new Set(["q", "r"]));
  assert.equal(replica.rows("Bridge").get("same"), same);
});
