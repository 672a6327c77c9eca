import assert from "node:assert/strict";
import { test } from "node:test";
import { withObjects } from "#src/commands/inspect/network-objects.ts";
import type { NetworkUsage } from "#src/commands/inspect/network-usage.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";

const blue: NetworkUsage = {
  name: "blue",
  subnets: [],
  openReservations: 0,
  mtu: undefined,
  allowedNamespaces: ["*"],
  problem: undefined,
};

function network(
  name: string,
  namespace: string,
  ready?: readonly [status: string, reason: string, message: string],
  metadata: object = {},
) {
  const [status, reason, message] = ready ?? [];
  const condition = { type: "Ready", status, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" };
  return projectNetwork({
    metadata: { name, namespace, uid: `${namespace}-${name}`, resourceVersion: "1", ...metadata },
    status: ready === undefined ? {} : { conditions: [condition] },
  });
}

function lines(usage: readonly NetworkUsage[], objects: Parameters<typeof withObjects>[1]) {
  return withObjects(usage, objects).map(({ name, object, problem }) => [
    name,
    object?.namespace,
    object?.ready,
    problem,
  ]);
}

test("the Network that is ready has the switch, and the other one of its name is shown with its reason", () => {
  const taken = network("blue", "a", ["False", "NameTaken", "the name blue is that of another"]);
  assert.deepEqual(lines([blue], [taken, network("blue", "b", ["True", "Created", ""])]), [
    ["blue", "b", "True", undefined],
    ["blue", "a", "NameTaken", "the name blue is that of another"],
  ]);
});

test("a switch of somebody else stays as it is, and a Network without a status is unknown", () => {
  assert.deepEqual(lines([blue], [network("green", "a")]), [
    ["blue", undefined, undefined, undefined],
    ["green", "a", "Unknown", "has no logical switch"],
  ]);
});

test("a Network that is being deleted says why it waits, and one without its uplink what to set", () => {
  const going = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  const used = network("blue", "a", ["False", "InUse", "the network is still used by default/web-1"], going);
  assert.deepEqual(lines([blue], [used])[0]?.[3], "is being deleted: the network is still used by default/web-1");
  const unseen = network("blue", "a", ["True", "Created", ""], going);
  assert.deepEqual(lines([blue], [unseen])[0]?.[3], "is being deleted: waits for ovn4nfv-controller");
  const waiting = network("blue", "a", ["False", "WaitsForUplink", "source NAT waits for an uplink"]);
  assert.deepEqual(lines([blue], [waiting])[0]?.[3], "source NAT waits for an uplink");
});
