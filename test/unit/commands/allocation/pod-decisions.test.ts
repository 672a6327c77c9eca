import assert from "node:assert/strict";
import { test } from "node:test";
import { dryRunAllocator } from "#src/commands/admit/dry-run-allocator.ts";
import { ownDefinitionNames, podDecisions } from "#src/commands/allocation/pod-decisions.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import { namedDefinitions } from "#src/pods/demand/definition-source.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { multusKey, patchedMetadata, requesting, signer } from "../../../fakes/pods/pod-deciders.ts";

const flags = {
  attach: "multus",
  nadNamespace: "kube-system",
  nadName: "ovn4nfv",
  otherNads: ["shop/blue-net"],
} as const;
const pod = requesting({ name: "blue" });

/** Decides about the pod in a dry run. */
async function decided(config: Parameters<typeof podDecisions>[0]) {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.1.0.0/24");
  const { index, clock } = fixture;
  const allocator = { ...dryRunAllocator(index, clock, false), reservations: new ReservationWatch(clock) };
  const definitions = namedDefinitions(ownDefinitionNames(config));
  const parts = { allocator, gate: undefined, definitions, signer, clock, logger: silentLogger };
  const call = { signal: new AbortController().signal, deadlineMs: 1_000 };
  const created = { object: pod, namespace: "default", dryRun: true, username: "" };
  return podDecisions(config, parts).byRequest(created, call);
}

test("the definition of the flags is ours, and those that are named besides", () => {
  assert.deepEqual(ownDefinitionNames(flags), ["kube-system/ovn4nfv", "shop/blue-net"]);
});

test("our definition is added to the pod unless it is attached otherwise", async () => {
  const attached = patchedMetadata(pod, await decided(flags));
  assert.match(attached.annotations[multusKey] ?? "", /"ovn4nfv"/);
  const chained = patchedMetadata(pod, await decided({ ...flags, attach: "chained" }));
  assert.ok(!(multusKey in chained.annotations));
});

test("a pod of an excluded namespace stays as it is", async () => {
  assert.equal((await decided({ ...flags, excludedNamespaces: ["default"] })).kind, "unchanged");
});
