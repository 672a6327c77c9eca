import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf, moveInGrid, sayCell } from "#page/networks/address-cells.ts";
import { readSpans } from "#page/networks/space-span.ts";
import { parseCidr } from "#src/net/cidr.ts";

const cidr = parseCidr("10.0.0.0/29")?.cidr ?? assert.fail();
const spans = readSpans([
  { from: "10.0.0.0", to: "10.0.0.0", size: "1", state: "excluded" },
  { from: "10.0.0.1", to: "10.0.0.1", size: "1", state: "router", who: "the gateway" },
  { from: "10.0.0.2", to: "10.0.0.2", size: "1", state: "used", who: "pod shop/web-0", pool: "front" },
  { from: "10.0.0.3", to: "10.0.0.5", size: "3", state: "free" },
]);

test("each address of a prefix is a cell, also those of which nothing was told", () => {
  const states = cellsOf(spans, cidr).map(({ address, state }) => `${address} ${state ?? "unread"}`);
  assert.deepEqual(states, [
    "10.0.0.0 excluded",
    "10.0.0.1 router",
    "10.0.0.2 used",
    "10.0.0.3 free",
    "10.0.0.4 free",
    "10.0.0.5 free",
    "10.0.0.6 unread",
    "10.0.0.7 unread",
  ]);
});

test("a cell says who has the address", () => {
  const said = cellsOf(spans, cidr).map(sayCell);
  assert.equal(said[2], "10.0.0.2, used, pod shop/web-0, pool front");
  assert.equal(said[3], "10.0.0.3, free");
  assert.equal(said[7], "10.0.0.7, not read yet");
});

test("keys move in rows and columns and not out of the grid", () => {
  const move = (key: string, at: number) => moveInGrid(key, at, 256, 16);
  assert.equal(move("ArrowDown", 3), 19);
  assert.equal(move("ArrowUp", 3), undefined);
  assert.equal(move("Home", 37), 32);
  assert.equal(move("End", 37), 47);
  assert.equal(move("PageDown", 3), 243);
  assert.equal(move("ArrowRight", 255), undefined);
  assert.equal(move("a", 3), undefined);
});
