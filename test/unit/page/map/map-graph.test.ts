import assert from "node:assert/strict";
import { test } from "node:test";
import { graphOf, itemsAround, neighboursOf } from "#page/map/map-graph.ts";
import { someNetwork, someNode, somePod, someRouter } from "#test/fixtures/view/some-items.ts";

const edge = someRouter("edge");
const blue = someNetwork("blue", { routers: [edge.key] });
const red = someNetwork("red");
const node = someNode("n1", { wires: [{ wire: "wire/w", ready: "yes" }] });
const wire = { kind: "wire", key: "wire/w", name: "w", ready: "yes", providerNetworks: [] } as const;
const web = somePod("shop", "web", ["blue"], "n1");
const items = [edge, blue, red, node, wire, web];

test("lines lead from the outside of the cluster to its nodes", () => {
  const { edges } = graphOf(items, new Set());
  assert.deepEqual(
    edges.filter(({ isAside }) => !isAside).map(({ from, to }) => `${from} > ${to}`),
    ["router/edge > network/blue", "pod/shop/web > node/n1", "network/blue > pod/shop/web"].toSorted((a, b) => {
      const order = edges.map(({ from, to }) => `${from} > ${to}`);
      return order.indexOf(a) - order.indexOf(b);
    }),
  );
  assert.deepEqual(
    edges.filter(({ isAside }) => isAside).map(({ from, to }) => [from, to]),
    [["wire/w", "node/n1"]],
  );
});

test("links of many objects in a group are one line that counts them", () => {
  const pods = Array.from({ length: 30 }, (_, at) => somePod("shop", `web-${at}`, ["blue"], "n1"));
  const graph = graphOf([blue, node, ...pods], new Set());
  assert.deepEqual(
    graph.edges.filter(({ isAside }) => !isAside).map(({ count }) => count),
    [30, 30],
  );
  assert.equal(graph.nodeOf.get("pod/shop/web-7"), "group:pod:network/blue");
});

test("a search shows what it finds with the way outside, its node, and what hangs on it", () => {
  const around = (key: string) => itemsAround(items, (item) => item.key === key).map(({ name }) => name);
  assert.deepEqual(around("pod/shop/web"), ["edge", "blue", "n1", "web"]);
  assert.deepEqual(around("network/blue"), ["edge", "blue", "web"]);
  assert.deepEqual(around("network/red"), ["red"]);
});

test("a node of the map knows its neighbours", () => {
  assert.deepEqual([...neighboursOf(graphOf(items, new Set()), "network/blue")].sort(), [
    "pod/shop/web",
    "router/edge",
  ]);
});

test("two routers that name each other are joined by one line", () => {
  const [a, b] = [
    { ...someRouter("a"), routers: ["router/b"] },
    { ...someRouter("b"), routers: ["router/a"] },
  ];
  for (const routers of [
    [a, b],
    [b, a],
  ] as const) {
    const net = someNetwork("net", { routers: ["router/b"] });
    const graph = graphOf([...routers, net], new Set());
    assert.deepEqual(neighboursOf(graph, "router/a"), ["router/b"]);
    const [line] = graph.edges.filter(({ from, to }) => from.startsWith("router/") && to.startsWith("router/"));
    assert.deepEqual([line?.from, line?.to], ["router/a", "router/b"], "the router of the networks is the inner one");
  }
});
