import assert from "node:assert/strict";
import { test } from "node:test";
import { claimFinalizer, keptAnnotation } from "#src/api/claim/claim-keys.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { printIp } from "#src/net/ip.ts";
import { claimsWithAddresses, StoredClaims, stillHasAddresses } from "#src/pods/stored/stored-claims.ts";
import { FakeApiClient, listOf, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const { signal } = new AbortController();
const object = (name: string, more: object = {}, status: object = { ips: ["10.0.0.5/24"] }) => ({
  metadata: {
    name,
    namespace: "default",
    uid: `u-${name}`,
    resourceVersion: "1",
    finalizers: [claimFinalizer],
    annotations: { [keptAnnotation]: '{"network":"blue","mac":"0a:58:0a:00:00:05"}' },
    ...more,
  },
  spec: { network: "blue-net", interface: "" },
  status,
});

test("claims with addresses of ours hold them, and those of somebody else or without addresses do not", async () => {
  const items = [
    object("a"),
    object("theirs", { finalizers: [] }),
    object("empty", {}, {}),
    object("b", { annotations: {} }),
    object("whole-subnet", {}, { ips: Array.from({ length: 17 }, (_, n) => `10.0.0.${(n + 2).toString()}/24`) }),
  ];
  const found = await claimsWithAddresses(new FakeApiClient(() => listOf(items, "9")), "c", { signal });
  assert.deepEqual(
    found.map(({ keptFor, pod, ports }) => [
      keptFor,
      pod,
      ports[0]?.network,
      ports[0]?.mac,
      ports[0]?.ips.map(printIp),
    ]),
    [["c/default/a", "a", "blue", "0a:58:0a:00:00:05", ["10.0.0.5"]]],
  );
});

test("without the CRD there are no claims", async () => {
  const client = new FakeApiClient(() => {
    throw statusError(404, "NotFound");
  });
  assert.deepEqual(await claimsWithAddresses(client, "c", { signal }), []);
});

test("a claim holds its addresses until a live read finds it gone or without them", async () => {
  const [claim] = await claimsWithAddresses(new FakeApiClient(() => listOf([object("a")], "9")), "c", { signal });
  assert.ok(claim);
  assert.equal(await stillHasAddresses(new FakeApiClient(() => object("a")), claim, signal), true);
  assert.equal(await stillHasAddresses(new FakeApiClient(() => object("a", { finalizers: [] })), claim, signal), false);
});

test("a claim that is not in memory is read live", async () => {
  const client = new FakeApiClient(() => object("a", { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  const parts = { clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const found = await new StoredClaims({ client, ...parts }).find({ namespace: "default", name: "a" }, {});
  assert.ok(found !== undefined && found !== "no kind");
  assert.deepEqual(
    [found.network, found.isDeleting, found.mac, found.isKept],
    ["blue-net", true, "0a:58:0a:00:00:05", true],
  );
  const written = new FakeApiClient(() => object("b", { annotations: {} }));
  const other = await new StoredClaims({ client: written, ...parts }).find({ namespace: "default", name: "b" }, {});
  assert.ok(other !== undefined && other !== "no kind");
  assert.equal(other.isKept, false, "somebody else wrote its addresses");
  assert.equal(client.requests[0]?.path, "/apis/k8s.cni.cncf.io/v1alpha1/namespaces/default/ipamclaims/a");
});

test("live reads of claims that are not there have a limited rate once the watch is synced", async () => {
  const stop = new AbortController();
  const client = new FakeWatchServer();
  client.list = () => {
    throw statusError(404, "NotFound");
  };
  const parts = { clock: new ManualClock(), logger: silentLogger, metrics: createMetrics() };
  const claims = new StoredClaims({ client, ...parts });
  const running = claims.run(stop.signal);
  await settled();
  assert.equal(await claims.find({ namespace: "default", name: "early" }, {}), undefined);
  const definitions = client.watch;
  definitions.bookmark("1", true);
  await settled();
  assert.equal(await claims.find({ namespace: "default", name: "none" }, {}), "no kind");
  client.lists.length = 0;
  const name = "ipamclaims.k8s.cni.cncf.io";
  definitions.send("ADDED", { metadata: { name, uid: "d", resourceVersion: "2" } });
  await settled();
  client.watch.bookmark("3", true);
  await settled();
  for (let n = 0; n < 100; n += 1) {
    assert.equal(await claims.find({ namespace: "default", name: `made-up-${n}` }, {}), undefined);
  }
  assert.equal(client.lists.length, 20);
  stop.abort();
  await running;
});
