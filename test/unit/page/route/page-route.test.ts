import assert from "node:assert/strict";
import { test } from "node:test";
import { readPageRoute, printRoute, type PageRoute, routeOfKey } from "#page/route/page-route.ts";

const routes: readonly PageRoute[] = [
  { view: "map" },
  { view: "map", select: "router/a b/ü&x" },
  { view: "networks" },
  { view: "network", name: "a/b ?#%" },
  { view: "pods" },
  { view: "pod", namespace: "shop", name: "web-0" },
  { view: "nodes" },
  { view: "trace" },
  { view: "trace", from: "shop/web-0/net1", to: "fd00::1" },
  { view: "activity" },
];

test("each address leads to the view that it was printed for, whatever is in a name", () => {
  for (const route of routes) assert.deepEqual(readPageRoute(printRoute(route)), route);
});

test("an address that leads nowhere or is encoded wrongly is no error", () => {
  assert.deepEqual(readPageRoute(""), { view: "map" });
  assert.deepEqual(readPageRoute("#/elsewhere/x"), { view: "map" });
  assert.deepEqual(readPageRoute("#/networks/100%"), { view: "network", name: "100%" });
});

test("objects lead to their views, and those without one to the map", () => {
  assert.deepEqual(routeOfKey("pod/shop/web-0"), { view: "pod", namespace: "shop", name: "web-0" });
  assert.deepEqual(routeOfKey("network/blue"), { view: "network", name: "blue" });
  assert.deepEqual(routeOfKey("node/n1"), { view: "nodes" });
  assert.deepEqual(routeOfKey("router/edge"), { view: "map", select: "router/edge" });
});
