import assert from "node:assert/strict";
import { test } from "node:test";
import { claimKey, claimOf } from "#src/ovn/claims/port-claim.ts";

const prefix = "k8s.plugin.opnfv.org/";
const ids = (more: Record<string, string>) =>
  new Map(
    Object.entries({ owner: "ovn4nfv", namespace: "default", cluster: "c", claim: "db-0", ...more }).map(
      ([name, value]) => [prefix + name, value],
    ),
  );

test("a row without an allocation only keeps its claim, and one with an allocation is a pod's", () => {
  const name = {
    cluster: "c",
    namespace: "default",
    name: "db-0",
    network: undefined,
    machine: undefined,
    waitsWith: undefined,
  };
  assert.deepEqual(claimOf(ids({})), { ...name, isFresh: false, isTold: false, isKept: true });
  const fresh = claimOf(ids({ allocation: "a", "claim-fresh": "true" }));
  assert.deepEqual(fresh, { ...name, isFresh: true, isTold: false, isKept: false });
  assert.equal(claimOf(ids({ "claim-network": "blue-net" }))?.network, "blue-net");
  const told = claimOf(ids({ allocation: "a", "claim-fresh": "told" }));
  assert.deepEqual(told, { ...name, isFresh: false, isTold: true, isKept: false });
});

test("the port of a virtual machine says which one, and with what it waits", () => {
  const read = claimOf(ids({ allocation: "a", machine: "vmi", "waits-with": "0a:58:0a:00:00:05 10.0.0.5" }));
  assert.deepEqual([read?.machine, read?.waitsWith], ["vmi", "0a:58:0a:00:00:05 10.0.0.5"]);
});

test("a port of somebody else has no claim, whatever its keys say", () => {
  assert.equal(claimOf(ids({ owner: "somebody" })), undefined);
  assert.equal(claimOf(new Map()), undefined);
});

test("claims of one name in two namespaces or clusters are two claims", () => {
  const name = { cluster: "c", namespace: "default", name: "db-0" };
  const keys = [name, { ...name, cluster: "d" }, { ...name, namespace: "other" }, { ...name, name: "db-1" }].map(
    claimKey,
  );
  assert.equal(new Set(keys).size, 4);
});
