import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineAnnouncer } from "#cni/agent/keepers/machine-announcer.ts";
import type { PortFrame } from "#cni/announcing/packet-out.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { InformerHandler } from "#src/kube/informer/informer.ts";
import { until } from "#test/assertions/until.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";

const [first] = sampleResults;
assert.ok(first);

const launcher = { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": "vm-uid" };
const target = { ...launcher, "kubevirt.io/migrationJobUID": "job" };
const ready = { "kubevirt.io/migration-target-ready-timestamp": "2026-01-01 00:00:00 +0000 UTC" };

function podWith(labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>): PodMetadata {
  const pod = readPod(signedPod({ annotations }));
  return { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...labels } } };
}

function node({ isForged = false } = {}) {
  const clock = new ManualClock();
  const bridge = new FakeBridge([{ ...portOf("ovn1", { [interfaceKeys.port]: first?.port ?? "" }), ofPort: 7 }]);
  const sent: PortFrame[] = [];
  let handler: Partial<InformerHandler<PodMetadata>> = {};
  const announcer = new MachineAnnouncer({
    bridge,
    pods: {
      addHandler: (added) => {
        handler = added;
        return () => {};
      },
    },
    results: {
      verified: async (pod) => {
        if (isForged)
          throw refusal("ForgedResult", { field: "token", value: undefined, reason: "is forged", remedy: "none" });
        return { pod, allocation: allocationId, interfaces: sampleResults };
      },
    },
    send: async (frames) => void sent.push(...frames),
    clock,
    logger: silentLogger,
  });
  const stop = new AbortController();
  const running = announcer.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { clock, sent, update: (before: PodMetadata, pod: PodMetadata) => handler.updated?.(before, pod), end };
}

test("a machine is announced again and again from when it goes on here, by each interface that the bridge has", async () => {
  const { clock, sent, update, end } = node();
  update(podWith(target, {}), podWith(target, ready));
  await until(async () => sent.length === 1);
  assert.equal(sent[0]?.ofPort, 7);
  assert.equal(sent[0].frame.subarray(6, 12).toString("hex"), first.mac_address.replaceAll(":", ""));
  for (let ms = 0; ms < 2_500; ms += 50) await clock.advance(50);
  await until(async () => sent.length === 40);
  await end();
});

test("nothing is announced for a pod without a machine, a second time, or by a result that nobody signed", async () => {
  const { clock, sent, update, end } = node();
  update(podWith({}, {}), podWith({}, ready));
  update(podWith(launcher, {}), podWith(launcher, ready));
  update(podWith(target, ready), podWith(target, ready));
  const forged = node({ isForged: true });
  forged.update(podWith(target, {}), podWith(target, ready));
  await clock.advance(100);
  await forged.clock.advance(100);
  assert.deepEqual([...sent, ...forged.sent], []);
  await end();
  await forged.end();
});
