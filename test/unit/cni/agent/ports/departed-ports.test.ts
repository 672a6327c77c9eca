import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DepartedPorts } from "#cni/agent/ports/departed-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { InformerHandler } from "#src/kube/informer/informer.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";
import { settled } from "#test/fakes/manual-clock.ts";

const pod = readPod(signedPod());
const port = (hostName: string, allocation = allocationId) =>
  portOf(hostName, { [interfaceKeys.allocation]: allocation });
const { signal } = new AbortController();
const withoutSleep: Clock = { ...systemClock, sleep: () => Promise.resolve() };

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
    clock: withoutSleep,
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

test("it looks until it is aborted, and keeps nothing of the pods that have gone (600 bytes stayed for each look)", async () => {
  const { departed, gone, left } = node(["ovn1"]);
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const bytes = async (): Promise<number> => {
    // The table in which node:test keeps promises shrinks a turn after they were collected.
    gc();
    await settled();
    gc();
    return process.memoryUsage().heapUsed;
  };
  const ending = new AbortController();
  const running = departed.run(ending.signal);
  const look = async (pods: number) => {
    for (let pod = 0; pod < pods; pod += 1) {
      gone();
      await settled();
    }
  };
  await look(1_000);
  const before = await bytes();
  await look(10_000);
  const kept = (await bytes()) - before;
  assert.equal(left(), "of-another");
  assert.ok(kept < 3_000_000, `${String(kept)} bytes are kept after 30,000 looks`);
  ending.abort();
  await running;
});
