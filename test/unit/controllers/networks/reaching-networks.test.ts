import assert from "node:assert/strict";
import { test } from "node:test";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { reachingNetworks } from "#src/controllers/networks/reaching-networks.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";

const network = (namespace: string, name: string, uid: string, spec: object = {}) =>
  projectNetwork({ metadata: { name, namespace, uid, resourceVersion: "1" }, spec });
const all = [network("ops", "hall", "u1"), network("ops", "yard", "u2"), network("dev", "lab", "u3")];
const owned = (...ids: readonly string[]): Pick<OwnedRows, "rows"> => ({
  rows: new Map(ids.map((id) => [id, {}])) as unknown as OwnedRows["rows"],
});

test("a namespace stands for the networks in it that have a port on the router, so that nobody comes in by the name of another", () => {
  const rows = owned("u1/rtos-hall", "u3/rtos-lab", "u9/rtos-yard");
  assert.deepEqual(reachingNetworks({ networks: [], namespaces: ["ops"] }, all, rows), ["hall"]);
});

test("a named network counts before it is there", () => {
  assert.deepEqual(reachingNetworks({ networks: ["later"], namespaces: [] }, all, owned()), ["later"]);
});

test("a Network depends on those of the namespaces that it names, also when its spec is wrong elsewhere", () => {
  const room = network("dev", "room", "u4", { mtu: "none", reachableFrom: { namespaces: ["ops"] } });
  assert.deepEqual(room.reachingNamespaces, ["ops"]);
  assert.deepEqual(network("dev", "open", "u5").reachingNamespaces, []);
});
