import assert from "node:assert/strict";
import { test } from "node:test";
import { namedUuid } from "../../../src/values/atom.ts";
import {
  abort,
  assertLock,
  comment,
  commit,
  insert,
  mutate,
  remove,
  select,
  update,
  wait,
} from "../../../src/transaction/operations.ts";
import { column, table } from "../../../src/values/table.ts";

const string = column.string();
const bridge = table("Bridge", {
  name: string,
  ports: column.bigSet(column.uuid()),
  fail_mode: column.optional(string),
  protocols: column.set(string),
  external_ids: column.map(string, string),
  secret: column.writeOnly(string),
});

/** Operations, and their notation in RFC 7047 section 5.2. */
const notation: readonly (readonly [string, object, object])[] = [
  [
    "insert",
    insert(
      bridge,
      { name: "br0", fail_mode: "secure", protocols: new Set(["a"]), external_ids: { k: "v" }, secret: "s" },
      "b",
    ),
    {
      op: "insert",
      table: "Bridge",
      row: {
        name: "br0",
        fail_mode: "secure",
        protocols: ["set", ["a"]],
        external_ids: ["map", [["k", "v"]]],
        secret: "s",
      },
      "uuid-name": "b",
    },
  ],
  [
    "update that empties an optional column",
    update(bridge, [["name", "==", "br0"]], { fail_mode: undefined }),
    { op: "update", table: "Bridge", where: [["name", "==", "br0"]], row: { fail_mode: ["set", []] } },
  ],
  [
    "mutate of a set by a named row and of a map by keys alone",
    mutate(
      bridge,
      [["_uuid", "==", "u1"]],
      [
        ["ports", "insert", [namedUuid("p")]],
        ["external_ids", "delete", ["k"]],
        ["external_ids", "insert", new Map([["l", "w"]])],
      ],
    ),
    {
      op: "mutate",
      table: "Bridge",
      where: [["_uuid", "==", ["uuid", "u1"]]],
      mutations: [
        ["ports", "insert", ["set", [["named-uuid", "p"]]]],
        ["external_ids", "delete", ["set", ["k"]]],
        ["external_ids", "insert", ["map", [["l", "w"]]]],
      ],
    },
  ],
  ["delete", remove(bridge, []), { op: "delete", table: "Bridge", where: [] }],
  [
    "select of all columns",
    select(bridge, [["external_ids", "includes", { k: "v" }]]),
    {
      op: "select",
      table: "Bridge",
      where: [["external_ids", "includes", ["map", [["k", "v"]]]]],
      columns: ["_uuid", "name", "ports", "fail_mode", "protocols", "external_ids", "secret"],
    },
  ],
  [
    "wait",
    wait(bridge, {
      where: [["name", "==", "br0"]],
      columns: ["name"],
      until: "!=",
      rows: [{ name: "br0" }],
      timeoutMs: 0,
    }),
    {
      op: "wait",
      table: "Bridge",
      timeout: 0,
      where: [["name", "==", "br0"]],
      columns: ["name"],
      until: "!=",
      rows: [{ name: "br0" }],
    },
  ],
  ["commit", commit({ durable: true }), { op: "commit", durable: true }],
  ["abort", abort(), { op: "abort" }],
  ["comment", comment("why"), { op: "comment", comment: "why" }],
  ["assert", assertLock("l"), { op: "assert", lock: "l" }],
];

for (const [what, operation, wire] of notation) {
  test(`${what} is written as RFC 7047 says`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(operation)), wire);
  });
}

test("a column that the table does not have is a defect, even when the types were evaded", () => {
  const row = { nmae: "br0" } as Record<string, string>;
  assert.throws(() => insert(bridge, row), { code: "InvalidUse", message: /Bridge has no column nmae/ });
});
