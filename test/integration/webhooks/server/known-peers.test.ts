// The way by which `ovn4nfv webhook` learns who is an API server: from the review of a create to the binding of its port.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { reviewClient } from "#lab/webhook/review-client.ts";
import { WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const told = "peer is known as an API server";
const external = "external_ids:k8s.plugin.opnfv.org/";

test("a peer is known when the port of a create that it had sent is bound, and not before", async (t) => {
  const owned = new AsyncDisposableStack();
  t.after(() => owned.disposeAsync());
  const folder = owned.use(createTemporaryFolder("known-peers")).path;
  const { endpoint } = owned.use(await startOvsdbServer());
  await nbctl(endpoint, "init");
  const settings = [`${external}allowed-namespaces=*`, `${external}subnets="10.1.0.0/24"`];
  await nbctl(endpoint, "ls-add", "blue", "--", "set", "logical_switch", "blue", ...settings);
  const flags = { "drain-time": "0s" };
  const webhook = owned.use(
    await WebhookProcess.start({ name: "learning", folder, nb: [endpoint], kubeconfig: "none", flags }),
  );
  const client = owned.adopt(reviewClient(webhook.admissionPort, { rejectUnauthorized: false }), (each) => {
    each.close();
  });
  const object = podManifest({ name: "web", annotations: request({ name: "blue" }) });
  const { status } = await client.post("/mutate/pods?timeout=10s", JSON.stringify(podReview({ object })));
  assert.equal(status, 200);
  const list = await nbctl(endpoint, "--bare", "--columns=name", "list", "logical_switch_port");
  assert.ok(!webhook.log().some(({ msg }) => msg === told));
  const bound = [`${external}pod=web`, `${external}pod-uid=uid`, "options:requested-chassis=n1"];
  await nbctl(endpoint, "set", "logical_switch_port", list.trim(), ...bound);
  await webhook.logged(new RegExp(`"${told}"`), 20_000);
  assert.equal(webhook.log().find(({ msg }) => msg === told)?.["peer"], "127.0.0.1");
});
