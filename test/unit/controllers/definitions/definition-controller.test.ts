import assert from "node:assert/strict";
import { test } from "node:test";
import { runDefinitionController } from "#src/controllers/definitions/definition-controller.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const definition = (name: string, type: string) => ({
  metadata: { namespace: "shop", name, uid: name, resourceVersion: "1" },
  spec: { config: JSON.stringify({ type }) },
});

test("names of our definitions are written once for several changes, and not when nothing changed", async () => {
  const server = new FakeWatchServer();
  const written: unknown[] = [];
  const stored = { data: { shop: "blue", gone: "x" } };
  const metadata = { name: "ovn4nfv-definitions", uid: "u", resourceVersion: "7" };
  server.list = ({ method, body }) => {
    if (method !== "GET") written.push((body as { readonly data: unknown }).data);
    return { metadata, ...stored };
  };
  const stop = new AbortController();
  const clock = new ManualClock();
  const parts = { client: server, namespace: "system", names: ["kube-system/ovn4nfv"], clock, logger: silentLogger };
  const running = runDefinitionController({ ...parts, metrics: createMetrics() }, stop.signal);
  await settled();
  server.watch.send("ADDED", definition("blue", "ovn4nfv-cni"));
  server.watch.send("ADDED", definition("other", "macvlan"));
  server.watch.bookmark("2", true);
  await settled();
  assert.deepEqual(written, [{ "kube-system": "ovn4nfv", gone: null }]);
  Object.assign(stored, { data: { "kube-system": "ovn4nfv", shop: "blue" } });
  for (const name of ["red", "green"]) server.watch.send("ADDED", definition(name, "ovn4nfvk8s-cni"));
  await settled();
  await clock.advance(1_000);
  await settled();
  assert.deepEqual(written.slice(1), [{ shop: "blue green red" }]);
  Object.assign(stored, { data: { "kube-system": "ovn4nfv", shop: "blue green red" } });
  server.watch.send("MODIFIED", definition("red", "ovn4nfv-cni"));
  await settled();
  await clock.advance(1_000);
  await settled();
  assert.equal(written.length, 2);
  stop.abort();
  await running;
});
