import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ServiceNetworks } from "#src/controllers/services/service-networks.ts";
import { projectService } from "#src/controllers/services/service-object.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { rawService } from "#test/fixtures/controllers/service-parts.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";

const network = (uid: string, namespace: string, more: object = {}) => ({
  apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
  kind: "Network",
  metadata: { name: "blue", namespace, uid, resourceVersion: "1", ...more },
  spec: { cniType: "ovn4nfv", ipv4Subnets: [{ subnet: "10.1.0.0/24" }] },
});
const definition = (labels: object, uid = "d") => {
  const made = attachmentDefinition("shop", "front", { type: "ovn4nfv-cni", "nfn-network": "blue" }) as {
    readonly metadata: object;
  };
  return { ...made, metadata: { ...made.metadata, uid, resourceVersion: "1", labels } };
};
/** The Service of the namespace `shop` names the network in this way. */
const asking = (text: string) => projectService(rawService({ network: text }));

async function start(t: TestContext) {
  const client = new FakeWatchServer();
  const rows = new Map<string, OwnedRow>();
  const stop = new AbortController();
  const seen = { changes: 0 };
  const networks = new ServiceNetworks({
    client,
    owned: () => ({ rows }) as never,
    onChange: () => {
      seen.changes += 1;
    },
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: createMetrics(),
  });
  const running = networks.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  await settled();
  const send = async (type: string, object: object): Promise<void> => {
    const kind = JSON.stringify(object).includes("NetworkAttachmentDefinition") ? "attachment" : "/networks";
    client.watches.find(({ request }) => request.path.includes(kind))?.send(type, object);
    await settled();
  };
  for (const watch of client.watches) watch.bookmark("1", true);
  await settled();
  return { networks, rows, seen, send };
}

test("a Service finds its Network by the name of that, and by that of a definition", async (t) => {
  const { networks, send } = await start(t);
  await send("ADDED", network("n1", "default"));
  await send("ADDED", definition({}));
  for (const text of ["blue", "front", "shop/front"]) assert.equal(networks.of(asking(text))?.uid, "n1", text);
  assert.equal(networks.of(asking("red")), undefined);
});

test("of two Networks with one name it is the one with the switch, whichever changed last", async (t) => {
  const { networks, rows, send } = await start(t);
  await send("ADDED", network("refused", "aaa"));
  await send("ADDED", network("made", "default"));
  rows.set("made/switch", {} as OwnedRow);
  assert.equal(networks.of(asking("blue"))?.uid, "made");
  await send("MODIFIED", network("made", "default", { resourceVersion: "2" }));
  assert.equal(networks.of(asking("blue"))?.uid, "made");
});

test("changes that no Service sees are not told", async (t) => {
  const { seen, send } = await start(t);
  await send("ADDED", network("n1", "default"));
  await send("ADDED", definition({}));
  const before = seen.changes;
  await send("MODIFIED", { ...network("n1", "default", { resourceVersion: "2" }), status: { usage: 1 } });
  await send("MODIFIED", definition({ again: "1" }));
  assert.equal(seen.changes, before);
  await send("MODIFIED", network("n1", "default", { resourceVersion: "3", deletionTimestamp: "2030-01-01T00:00:00Z" }));
  assert.equal(seen.changes, before + 1);
});
