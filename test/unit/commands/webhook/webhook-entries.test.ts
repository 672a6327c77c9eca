import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandContext } from "#src/commands/command.ts";
import { webhookEntries } from "#src/commands/webhook/webhook-entries.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { AllocationRequest } from "#src/ipam/allocation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import type { AdmissionRequest } from "#webhooks/admission/review.ts";
import { requesting, signer } from "../../../fakes/pods/pod-deciders.ts";

const config = { nadNamespace: "n", nadName: "a", otherNads: [], excludedNamespaces: [], maxOpenReservations: 0 };
const context = { config, clock: systemClock, logger: silentLogger } as unknown as CommandContext<"webhook">;

test("pods, Multus-only pods, each kind of object of ours and workloads have an entry each, also without Kubernetes", async () => {
  const entries = webhookEntries(context, {} as unknown as NbAllocator, { signer, keys: new Map() }, undefined);
  assert.deepEqual(
    entries.map(({ name, path }) => `${name} ${path}`),
    [
      "pods /mutate/pods",
      "multus-pods /mutate/multus-pods",
      "pod-changes /mutate/pod-changes",
      "networks /validate/networks",
      "provider-networks /validate/provider-networks",
      "chains /validate/chains",
      "taps /validate/taps",
      "bandwidth /validate/bandwidth",
      "uplinks /validate/uplinks",
      "floating-ips /validate/floating-ips",
      "workloads /validate/workloads",
    ],
  );
});

test("a pod is not refused for a network that the index has not seen yet", async () => {
  const nb = new NbFixture();
  const allocator = {
    index: nb.index,
    reservations: new ReservationWatch(nb.clock),
    plan: (request: AllocationRequest) => Promise.try(() => planPorts(request, nb.view)),
    revision: 0,
    catchUp: () => {
      nb.addSwitch("blue", "10.1.0.0/24");
      allocator.revision += 1;
      return Promise.resolve();
    },
  };
  const entries = webhookEntries(context, allocator as unknown as NbAllocator, { signer, keys: new Map() }, undefined);
  const handler = entries.find(({ name }) => name === "pods")?.handler;
  const object = requesting({ name: "blue" });
  const request = { operation: "CREATE", object, namespace: "default", dryRun: true, userInfo: { username: "alice" } };
  const call = { signal: new AbortController().signal, deadlineMs: systemClock.monotonicMs() + 10_000 };
  const answer = await handler?.(request as unknown as AdmissionRequest, call);
  assert.equal(answer?.allowed, true);
});
