import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LimitChanger } from "#cni/agent/keepers/limit-changer.ts";
import { SandboxTurns } from "#cni/agent/pods/sandbox-turns.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { hostVethName, ifbName } from "#cni/plumbing/pod-interface.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { withChangedBandwidth } from "#src/api/changed-bandwidth.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { type InterfaceResult, printResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { InformerHandler } from "#src/kube/informer/informer.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { until } from "#test/assertions/until.ts";

const { signal } = new AbortController();
const hostName = hostVethName("c1", "net1");
const ifb = ifbName(hostName);
const [first] = sampleResults;
assert.ok(first);
const limited: InterfaceResult = { ...first, bandwidth: { ingress: { rate: 1e7 }, egress: { rate: 1e7 } } };
const port = portOf(hostName, {
  [interfaceKeys.allocation]: allocationId,
  [interfaceKeys.sandbox]: "c1",
  [interfaceKeys.interface]: "net1",
});

function podWith(changed: string | undefined, results: readonly InterfaceResult[] = [limited]): PodMetadata {
  const extra = changed === undefined ? {} : { [annotationKeys.bandwidth.key]: changed };
  return readPod(signedPod({ annotations: { [annotationKeys.result.key]: printResult(results), ...extra } }));
}

/** A node whose kernel has a limit of 10 Mbit/s in both directions on the interface of one pod. */
function node({ inUserSpace = false, netnsFolder = "/nowhere" } = {}) {
  let pod = podWith(undefined);
  let handler: Partial<InformerHandler<PodMetadata>> = {};
  const bridge = new FakeBridge([port]);
  bridge.inUserSpace = inUserSpace;
  const sent: string[] = [];
  const kernel = { isBroken: false };
  const metrics = createMetrics();
  const run = async (commands: readonly string[]): Promise<readonly string[]> => {
    if (kernel.isBroken) throw new AppError("CommandFailed", "broken");
    if (commands.at(-1) !== "show links") {
      sent.push(...commands);
      return [];
    }
    if (commands.length > 1) {
      if (commands[0]?.endsWith("other") === true) throw new AppError("NetnsInvalid", "gone");
      return [`link net1 ${limited.mac_address} 1400 up 2 - carrier - -`, "shaped net1 1250000"];
    }
    const led = inUserSpace ? `led ${hostName} sent` : `led ${hostName} received`;
    const shaped = [`shaped ${ifb} 1250000`, ...(inUserSpace ? [] : [`shaped ${hostName} 1250000`])];
    return [...shaped, led];
  };
  const changer = new LimitChanger({
    bridge,
    pods: {
      get: () => pod,
      addHandler: (added) => {
        handler = added;
        return () => {};
      },
    },
    results: {
      verified: async (one) => {
        const interfaces = withChangedBandwidth([limited], one.metadata.annotations);
        return { pod: one, allocation: allocationId, interfaces };
      },
    },
    mtu: { get: async () => 1400 },
    turns: new SandboxTurns(),
    run,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics,
    netnsFolder,
  });
  const change = (annotation: string | undefined): void => {
    const before = pod;
    pod = podWith(annotation);
    handler.updated?.(before, pod);
  };
  return { changer, bridge, sent, kernel, metrics, change, start: () => handler.added?.(pod) };
}

test("a changed annotation gives the buckets of the kernel datapath another rate, once", async () => {
  const { changer, sent, change, metrics } = node();
  change('{"net1": {"ingress": "200M"}}');
  await changer.pass(signal);
  assert.deepEqual(sent, [`shape-host ${hostName} 25000000 500000 1250000`, `shape-host ${ifb} 1250000 65536 98304`]);
  assert.match(await metrics.registry.metrics(), /ovn4nfv_agent_changed_limits_total 1/);
  await changer.pass(signal);
  assert.equal(sent.length, 2);
});

test("a changed burst is given to the buckets although their rate stays", async () => {
  const { changer, sent, change } = node();
  change('{"net1": {"ingress": "10M", "burst": "8M"}}');
  await changer.pass(signal);
  assert.deepEqual(sent, [`shape-host ${hostName} 1250000 1000000 98304`, `shape-host ${ifb} 1250000 65536 98304`]);
  await changer.pass(signal);
  assert.equal(sent.length, 2);
});

test("with a switch in user space the pod's end is changed in the namespace that has the interface", async () => {
  using folder = createTemporaryFolder("netns");
  mkdirSync(folder.path, { recursive: true });
  for (const name of ["other", "pod"]) writeFileSync(join(folder.path, name), "");
  const { changer, sent, change } = node({ inUserSpace: true, netnsFolder: folder.path });
  change('{"net1": {"egress": "200M"}}');
  await changer.pass(signal);
  assert.deepEqual(sent, [
    `netns ${folder.path}/pod`,
    `shape-host ${ifb} 1250000 65536 98304`,
    "shape-pod net1 25000000 500000 1250000",
  ]);
});

test("a namespace that is not found keeps its limit, and the host's end is changed all the same", async () => {
  const { changer, sent, change } = node({ inUserSpace: true });
  change('{"net1": {"ingress": "200M", "egress": "200M"}}');
  await changer.pass(signal);
  assert.deepEqual(sent, [`shape-host ${ifb} 25000000 500000 1250000`]);
});

test("after a start every pod with a limit is looked at, and one whose limits hold is left alone", async () => {
  const { changer, sent, start } = node();
  start();
  await changer.pass(signal);
  assert.deepEqual(sent, []);
});

test("a pod that is being wired waits for its port, and a change that failed is made again", async () => {
  const { changer, bridge, sent, kernel, change } = node();
  bridge.here = [];
  change('{"net1": {"ingress": "200M"}}');
  await changer.pass(signal);
  assert.deepEqual(sent, []);
  bridge.here = [port];
  kernel.isBroken = true;
  await assert.rejects(changer.pass(signal), { code: "CommandFailed" });
  kernel.isBroken = false;
  await changer.pass(signal);
  assert.equal(sent.length, 2);
});

test("it runs after each change until it is aborted", async () => {
  const { changer, sent, change } = node();
  const running = new AbortController();
  const run = changer.run(running.signal);
  change('{"net1": {"ingress": "200M"}}');
  await until(() => Promise.resolve(sent.length === 2));
  running.abort();
  await run;
});
