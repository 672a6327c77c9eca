import assert from "node:assert/strict";
import { test } from "node:test";
import { Interner } from "../../../src/values/interner.ts";
import { RowCodec } from "../../../src/monitor/row-codec.ts";
import { column, table } from "../../../src/values/table.ts";

const string = column.string();
const spec = table("T", {
  name: string,
  size: column.integer(),
  tags: column.set(string),
  members: column.bigSet(string),
  secret: column.writeOnly(string),
});
const codec = new RowCodec(spec, new Interner());
const row = codec.decode({ name: "a", tags: ["set", ["x", "y"]], members: ["set", ["m"]], secret: "s" });

test("a row has every column that is read, in the order of the table, with defaults for those left out", () => {
  assert.deepEqual(row, { name: "a", size: 0, tags: ["x", "y"], members: new Set(["m"]) });
  assert.deepEqual(Object.keys(codec.decode({})), codec.columns);
});

test("two columns of a row that have the same one element share it, which halves what copies of a text cost", () => {
  const twin = new RowCodec(table("T", { a: column.set(string), b: column.set(string) }), new Interner());
  const same = twin.decode({ a: "x", b: "x" });
  assert.deepEqual(same, { a: ["x"], b: ["x"] });
  assert.equal(same["a"], same["b"]);
  assert.deepEqual(twin.decode({ a: "x", b: "y" }), { a: ["x"], b: ["y"] });
  assert.deepEqual(twin.modify(same, { b: ["set", ["x", "z"]] })?.row, { a: ["x"], b: ["z"] });
});

test("a modification makes a new row and leaves the old one", () => {
  const next = codec.modify(row, { size: 1, tags: "x", secret: "t" });
  assert.deepEqual(next, { row: { ...row, size: 1, tags: ["y"] }, deltas: {} });
  assert.equal(row["size"], 0);
  assert.equal(codec.modify(row, { name: "a", secret: "t" }), undefined);
});

test("a replacement keeps what is equal, and the big set itself", () => {
  assert.equal(codec.replace(row, codec.decode({ name: "a", tags: ["set", ["y", "x"]], members: "m" })), undefined);
  const next = codec.replace(row, codec.decode({ name: "b", tags: ["set", ["y", "x"]], members: "n" }));
  assert.ok(next);
  assert.equal(next.row["name"], "b");
  assert.equal(next.row["tags"], row["tags"]);
  assert.equal(next.row["members"], row["members"]);
  assert.deepEqual(next.deltas, { members: { added: ["n"], removed: ["m"] } });
});

test("what is not a row is a fault of the protocol", () => {
  assert.throws(() => codec.decode([]), { code: "ProtocolError" });
  assert.throws(() => codec.modify(row, null), { code: "ProtocolError" });
});
