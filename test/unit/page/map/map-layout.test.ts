import assert from "node:assert/strict";
import { test } from "node:test";
import { lineId } from "#page/map/line-path.ts";
import { placeGraph } from "#page/map/map-layout.ts";

const box = (id: string) => ({ id, width: 100, height: 30 });

test("what is nearer to the outside is further left, and nothing lies on something else", () => {
  const names = ["router", "a", "b", "c", "alone"];
  const edges = ["a", "b", "c"].map((to) => ({ from: "router", to }));
  const { nodes, lines, width, height } = placeGraph({ nodes: names.map(box), edges });
  const at = (name: string) => nodes.get(name) ?? assert.fail(name);
  for (const name of ["a", "b", "c"]) assert.ok(at("router").x + 100 < at(name).x);
  for (const [index, name] of names.entries()) {
    for (const other of names.slice(index + 1)) {
      const isApart = Math.abs(at(name).x - at(other).x) >= 100 || Math.abs(at(name).y - at(other).y) >= 30;
      assert.ok(isApart, `${name} and ${other}`);
    }
  }
  assert.ok((lines.get(lineId({ from: "router", to: "b" })) ?? []).length >= 2);
  assert.ok(width > 200 && height > 90);
});

test("equal graphs are placed alike, and an empty one has no size", () => {
  const request = { nodes: ["a", "b", "c"].map(box), edges: [{ from: "a", to: "b" }] };
  assert.deepEqual(placeGraph(request), placeGraph(request));
  const empty = placeGraph({ nodes: [], edges: [] });
  assert.equal(empty.nodes.size, 0);
  assert.ok(Number.isFinite(empty.width));
});

test("a ring of connections is placed too", () => {
  const edges = [
    { from: "a", to: "b" },
    { from: "b", to: "a" },
  ];
  assert.equal(placeGraph({ nodes: ["a", "b"].map(box), edges }).nodes.size, 2);
});
