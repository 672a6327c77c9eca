import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WireDemand } from "#cni/wires/wire-demand.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { parseResult } from "#src/api/result.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { portOf } from "#test/fakes/cni/fake-bridge.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { id, resultText } from "#test/fixtures/controllers/labelled-pod.ts";

const { allocation, result } = annotationKeys;
const network = {
  metadata: {
    name: "blue",
    namespace: "default",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  spec: { providerNetType: "VLAN", vlan: { vlanId: "100", providerInterfaceName: "eth1", vlanNodeSelector: "all" } },
};
const node = { metadata: { name: "n1", uid: "n", resourceVersion: "1", labels: {} } };

function podWith(annotations: Readonly<Record<string, string>>, phase = "Running"): PodMetadata {
  const metadata = { name: "p", namespace: "default", uid: "p", labels: { [allocation.key]: id }, annotations };
  return readPod({ metadata, spec: { nodeName: "n1" }, status: { phase } });
}

async function demanding(pods: readonly PodMetadata[] = [], ports: ReturnType<typeof portOf>[] = []) {
  const client = new FakeWatchServer();
  const stop = new AbortController();
  const parts = { clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const seen = { hasSynced: true, values: () => pods.values(), addHandler: () => () => undefined };
  const demand = new WireDemand({ client, nodeName: "n1", pods: seen, bridge: { ports: () => ports }, ...parts });
  let changes = 0;
  const run = demand.run(() => (changes += 1), stop.signal);
  await settled();
  const open = (plural: string) => {
    const watch = client.watches.find(({ request }) => request.path.endsWith(`/${plural}`));
    assert.ok(watch);
    return watch;
  };
  const tell = async (plural: string, object: object): Promise<void> => {
    open(plural).send("ADDED", object);
    open(plural).bookmark("2", true);
    await settled();
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await run;
  };
  return { demand, tell, end, changes: () => changes };
}

describe("WireDemand", () => {
  it("says nothing before it knows both the networks and the labels of the node", async () => {
    const { demand, tell, end, changes } = await demanding();
    assert.equal(demand.needs(), undefined);
    await tell("providernetworks", network);
    assert.equal(demand.needs(), undefined);
    const before = changes();
    await tell("nodes", node);
    assert.ok(changes() > before);
    const needs = demand.needs();
    assert.deepEqual(
      needs?.networks.map(({ name }) => name),
      ["default/blue"],
    );
    assert.deepEqual([...needs.used], []);
    await end();
  });

  const used = async (pods: readonly PodMetadata[], ...ports: ReturnType<typeof portOf>[]) => {
    const { demand, tell, end } = await demanding(pods, ports);
    await tell("providernetworks", network);
    await tell("nodes", node);
    const needs = demand.needs();
    await end();
    return [...(needs?.used ?? [])];
  };

  it("counts the pods of the node that are wired, or will be", async () => {
    const annotations = { [result.key]: resultText };
    assert.deepEqual(await used([podWith(annotations)]), ["ovn4nfv-eth1"]);
    assert.deepEqual(await used([podWith({ [result.key]: "[]" }), podWith({})]), []);
    assert.deepEqual(await used([podWith(annotations, "Succeeded")]), []);
    const port = portOf("ovn1", { "iface-id-ver": id });
    assert.deepEqual(await used([podWith(annotations, "Succeeded")], port), ["ovn4nfv-eth1"]);
  });

  it("counts a pod of another network whose address outside works from this node", async () => {
    const text = (more: object): string => {
      const [first] = parseResult(resultText);
      return JSON.stringify([{ ...first, network: "green", external_ip: "198.51.100.20", uplink: "west", ...more }]);
    };
    assert.deepEqual(await used([podWith({ [result.key]: text({}) })]), []);
    const onNode = { external_mac: "0a:58:c6:33:64:14", external_network: "blue" };
    assert.deepEqual(await used([podWith({ [result.key]: text(onNode) })]), ["ovn4nfv-eth1"]);
  });
});
