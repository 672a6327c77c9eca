import assert from "node:assert/strict";
import { test } from "node:test";
import { DepartedPorts } from "#cni/agent/ports/departed-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { InformerHandler } from "#src/kube/informer/informer.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const pod = readPod(signedPod());
const port = (hostName: string, allocation = allocationId) =>
  portOf(hostName, { [interfaceKeys.allocation]: allocation });
const { signal } = new AbortController();

function node(names: readonly string[], held: readonly PodMetadata[] = []) {
  const bridge = new FakeBridge([...names.map((name) => port(name)), port("of-another", "other")]);
  const handlers: InformerHandler<PodMetadata>[] = [];
  const present = new Set<string>();
  const departed = new DepartedPorts({
    bridge,
    pods: {
      byIndex: (_, id) => (id === allocationId ? [...held] : []),
      addHandler: (handler) => {
        handlers.push(handler);
        return () => {};
      },
    },
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
    links: async () => present,
  });
  const gone = (): void => {
    for (const handler of handlers) handler.deleted?.(pod);
  };
  const left = () => bridge.here.map(({ hostName }) => hostName).join();
  return { departed, gone, left, present };
}

test("the ports of a pod that is gone are removed once their pairs are gone too, and those of others stay", async () => {
  const { departed, gone, left, present } = node(["ovn1", "ovn2"]);
  present.add("ovn2");
  await departed.look(signal);
  assert.equal(left(), "ovn1,ovn2,of-another", "nobody has gone");
  gone();
  await departed.look(signal);
  assert.equal(left(), "ovn2,of-another");
  present.clear();
  await departed.look(signal);
  assert.equal(left(), "of-another");
});

test("a pod that is there again, or a copy of it, keeps its ports", async () => {
  const { departed, gone, left } = node(["ovn1"], [pod]);
  gone();
  await departed.look(signal);
  assert.equal(left(), "ovn1,of-another");
});
