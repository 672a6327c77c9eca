import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { dumpDatabase, nbctl, type OvsdbServer, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { WebhookProcess } from "#lab/webhook/webhook-process.ts";

/** Starts a replica without Kubernetes and waits until it has written its fence key. */
async function startReplica(t: TestContext) {
  const owned = new AsyncDisposableStack();
  t.after(() => owned.disposeAsync());
  const folder = owned.use(createTemporaryFolder("webhook")).path;
  const server = owned.use(await startOvsdbServer());
  await nbctl(server.endpoint, "init");
  const flags = { "drain-time": "0s" };
  const webhook = owned.use(
    await WebhookProcess.start({ name: "leaving", folder, nb: [server.endpoint], kubeconfig: "none", flags }),
  );
  assert.match(await globalOf(server), /fence-leaving-/);
  return { server, webhook };
}

async function globalOf({ endpoint }: OvsdbServer): Promise<string> {
  return JSON.stringify((await dumpDatabase(endpoint, "OVN_Northbound")).get("NB_Global"));
}

/** Ends the replica by SIGTERM. Returns the time that it took. */
async function terminate({ process }: WebhookProcess): Promise<number> {
  const exited = process.exited();
  const beganMs = performance.now();
  process.signal("SIGTERM");
  assert.deepEqual(await exited, { code: 0, signal: null });
  return performance.now() - beganMs;
}

test("a webhook that was told to end leaves no fence key behind", async (t) => {
  const { server, webhook } = await startReplica(t);
  await terminate(webhook);
  const global = await globalOf(server);
  assert.match(global, /_uuid/);
  assert.doesNotMatch(global, /fence-/);
});

test("a webhook ends in time while NB is gone, and says that its key stays when NB does not answer", async (t) => {
  const gone = await startReplica(t);
  await gone.server.process.kill();
  await gone.webhook.logged(/"northbound database was lost/);
  assert.ok((await terminate(gone.webhook)) < 20_000);
  const silent = await startReplica(t);
  silent.server.process.freeze();
  assert.ok((await terminate(silent.webhook)) < 20_000);
  await silent.webhook.logged(/"fence key stays in the northbound database until it is swept"/);
  silent.server.process.thaw();
});
