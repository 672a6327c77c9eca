import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { projectFloatingIp } from "#src/controllers/floating/floating-ip-object.ts";
import { FloatingIpTeller } from "#src/controllers/floating/floating-ip-teller.ts";
import { ToldObjects } from "#test/fakes/kube/told-objects.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const fip = projectFloatingIp({
  metadata: { name: "shop", namespace: "default", uid: "u", resourceVersion: "1" },
  spec: { uplink: "west", selector: {} },
});
const outcome = (pod: string) => ({
  reason: "Attached",
  message: "",
  address: ip("198.51.100.20"),
  target: {
    pod: { name: pod, uid: `uid-${pod}` },
    port: {
      uuid: "p",
      name: "A-net1",
      allocation: "A",
      network: "blue",
      interfaceName: "net1",
      ips: [],
      uplink: "west",
    },
    ip: ip("10.10.0.7"),
  },
});

describe("what is told of a FloatingIP", () => {
  const { api, events, patches, notes } = new ToldObjects();
  const metrics = createMetrics();
  const teller = new FloatingIpTeller({
    api,
    events,
    clock: { now: () => 0 },
    logger: silentLogger,
    metrics,
  });
  const call = { signal: AbortSignal.timeout(5_000) };

  it("is told once, by status and Event, also before the informer has seen the status", async () => {
    await teller.tell(fip, outcome("a"), call);
    await teller.tell(fip, outcome("a"), call);
    assert.equal(patches.length, 1);
    assert.deepEqual(
      notes.map(({ type, reason, message }) => [type, reason, message]),
      [["Normal", "Attached", "198.51.100.20 leads to pod a"]],
    );
    assert.equal(teller.statusOf(fip)?.pod, "a");
  });

  it("is told when it moved, although nothing else is new", async () => {
    notes.length = 0;
    await teller.tell(fip, outcome("b"), call);
    assert.deepEqual(
      notes.map(({ reason, message }) => [reason, message]),
      [["Moved", "198.51.100.20 leads to pod b, and not to a any more"]],
    );
  });

  it("takes the pod out of the status when there is none, and counts the objects by their state", async () => {
    await teller.tell(fip, { ...outcome("b"), reason: "NoPod", message: "nobody", target: undefined }, call);
    const { status } = patches.at(-1) as { status: Readonly<Record<string, unknown>> };
    assert.deepEqual([status["pod"], status["address"]], [null, "198.51.100.20"]);
    assert.match(await metrics.registry.metrics(), /ovn4nfv_floating_ips\{state="waiting"\} 1/);
    teller.forget("u");
    assert.match(await metrics.registry.metrics(), /ovn4nfv_floating_ips\{state="waiting"\} 0/);
  });
});
