import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoosePairs } from "#cni/agent/ports/loose-pairs.ts";
import { SandboxTurns } from "#cni/agent/pods/sandbox-turns.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";
import { hostVethName } from "#cni/plumbing/pod-interface.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeBridge, portOf } from "#test/fakes/cni/fake-bridge.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";
import { allocationId, signedPod } from "#test/fixtures/cni/signed-pod.ts";

const { signal } = new AbortController();
const name = hostVethName("c1", "net1");
const loose = {
  link: { name, index: 7 },
  end: { allocation: allocationId, sandbox: "c1", interfaceName: "net1", attachment: "net1", cniNetwork: "ovn4nfv" },
};
const pod = readPod(signedPod());
const wired = (sandbox: string) =>
  portOf(hostVethName(sandbox, "net1"), { [interfaceKeys.port]: sampleResults[0]?.port ?? "" });

function sweeping(holders: readonly PodMetadata[], live: readonly KubeObject[] = []) {
  const bridge = new FakeBridge();
  const state = { links: new Set(["lo", name]) };
  const commands: string[] = [];
  const turns = new SandboxTurns();
  const metrics = createMetrics();
  const pairs = new LoosePairs({
    bridge,
    pods: { byIndex: (_, id) => (id === allocationId ? holders : []) },
    api: {
      listByLabel: async ({ labelSelector }, read) => {
        assert.equal(labelSelector, `${annotationKeys.allocation.key}=${allocationId}`);
        return live.map((one) => read(one));
      },
    },
    turns,
    run: async (batch) => {
      commands.push(...batch);
      return [];
    },
    logger: silentLogger,
    metrics,
    links: async () => state.links,
  });
  return { bridge, state, commands, turns, metrics, sweep: () => pairs.sweep([loose], signal) };
}

describe("a pair without a port", () => {
  it("goes when its pod is wired in another sandbox, and is counted", async () => {
    const { bridge, commands, metrics, sweep } = sweeping([pod]);
    bridge.here = [wired("c2")];
    await sweep();
    assert.deepEqual(commands, [`unpair ${name}`]);
    assert.match(await metrics.registry.metrics(), /^ovn4nfv_agent_swept_pairs_total 1$/m);
  });

  it("goes when nobody holds its allocation, and stays while a live read finds a pod", async () => {
    const gone = sweeping([]);
    await gone.sweep();
    assert.deepEqual(gone.commands, [`unpair ${name}`]);
    const late = sweeping([], [signedPod()]);
    await late.sweep();
    assert.deepEqual(late.commands, []);
  });

  it("stays while no other link has the port of its pod, or the result of the pod cannot be read", async () => {
    const { commands, sweep } = sweeping([pod]);
    await sweep();
    const edited = sweeping([readPod(signedPod({ annotations: {} }))]);
    edited.bridge.here = [wired("c2")];
    await edited.sweep();
    assert.deepEqual([commands, edited.commands], [[], []]);
  });

  it("is nobody's work any more when the DEL that was under way has removed it", async () => {
    const { commands, state, turns, metrics, sweep } = sweeping([]);
    const deleting = Promise.withResolvers<undefined>();
    const deleted = turns.run("c1", async () => {
      await deleting.promise;
      state.links.delete(name);
    });
    const swept = sweep();
    deleting.resolve(undefined);
    await Promise.all([deleted, swept]);
    assert.deepEqual(commands, []);
    assert.match(await metrics.registry.metrics(), /^ovn4nfv_agent_swept_pairs_total 0$/m);
  });

  it("stays when the call of its sandbox that was under way has given it a port", async () => {
    const { bridge, commands, turns, sweep } = sweeping([]);
    const adding = Promise.withResolvers<undefined>();
    const added = turns.run("c1", async () => {
      await adding.promise;
      bridge.here = [wired("c1")];
    });
    const swept = sweep();
    adding.resolve(undefined);
    await Promise.all([added, swept]);
    assert.deepEqual(commands, []);
  });
});
