import assert from "node:assert/strict";
import { test } from "node:test";
import { withListenersOf } from "#src/commands/restore/kept-listeners.ts";
import type { WireTables } from "#src/ovsdb/backup/backup-file.ts";

test("what the server listens on stays as it is, also in a row of the backup that is to be made anew", () => {
  const current: WireTables = new Map<string, ReadonlyMap<string, Record<string, unknown>>>([
    ["NB_Global", new Map([["now", { connections: ["uuid", "c2"], name: "x" }]])],
    ["Connection", new Map([["c2", { target: "pssl:6641" }]])],
  ]);
  const wanted: WireTables = new Map<string, ReadonlyMap<string, Record<string, unknown>>>([
    ["NB_Global", new Map([["then", { connections: ["uuid", "c1"], ssl: ["uuid", "s1"], nb_cfg: 7 }]])],
    ["Connection", new Map([["c1", { target: "ptcp:6641" }]])],
    ["SSL", new Map([["s1", { private_key: "gone" }]])],
    ["Logical_Switch", new Map([["blue", { name: "blue" }]])],
  ]);
  const kept = withListenersOf(current, wanted);
  assert.deepEqual(kept.get("NB_Global")?.get("then"), { nb_cfg: 7, connections: ["uuid", "c2"] });
  assert.deepEqual([...(kept.get("Connection")?.keys() ?? [])], ["c2"]);
  assert.equal(kept.get("SSL")?.size, 0);
  assert.equal(kept.get("Logical_Switch"), wanted.get("Logical_Switch"));
  assert.equal(withListenersOf(new Map(), wanted), wanted);
});
