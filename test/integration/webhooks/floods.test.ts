// The command `webhook` under floods of hostile connections. The long form, with an API server, is in test/soak.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { type ReviewClient, reviewClient } from "#lab/webhook/review-client.ts";
import { WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { type Measured, measure, startFlood, strangers } from "#test/stacks/floods/flood.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const creates = 100;

describe("the webhook under a flood", () => {
  const owned = new AsyncDisposableStack();
  let folder: string;
  let webhook: WebhookProcess;
  let client: ReviewClient;
  let calm: Measured;
  before(async () => {
    folder = owned.use(createTemporaryFolder("floods")).path;
    const nb = owned.use(await startOvsdbServer());
    await nbctl(nb.endpoint, "init");
    const external = "external_ids:k8s.plugin.opnfv.org/";
    const settings = [`${external}allowed-namespaces=*`, `${external}subnets="10.1.0.0/16"`];
    await nbctl(nb.endpoint, "ls-add", "blue", "--", "set", "logical_switch", "blue", ...settings);
    const flags = { "drain-time": "0s", "max-open-reservations": "0" };
    const options = { name: "flooded", folder, nb: [nb.endpoint], kubeconfig: "none", flags };
    webhook = owned.use(await WebhookProcess.start(options));
    await measureAnew();
    calm = await measureAnew();
  });
  after(() => owned.disposeAsync());

  const create = async (number: number): Promise<void> => {
    const object = podManifest({ name: `pod-${number}`, annotations: request({ name: "blue" }) });
    const { status, json } = await client.post("/mutate/pods?timeout=10s", JSON.stringify(podReview({ object })));
    const { allowed } = (json as { readonly response?: { readonly allowed?: boolean } }).response ?? {};
    assert.deepEqual([status, allowed], [200, true]);
  };

  /** The creates open their connections anew, also in the flood. */
  async function measureAnew(): Promise<Measured> {
    client = reviewClient(webhook.admissionPort, { rejectUnauthorized: false });
    try {
      return await measure(creates, create);
    } finally {
      client.close();
    }
  }

  for (const [kind, connections, addresses] of [
    ["idle", 2_100, 1],
    ["handshake", 2_100, 50],
    ["withheld", 1_100, 50],
    ["large", 100, 50],
  ] as const) {
    it(`fails no create and delays none much: ${connections} ${kind} from ${addresses}`, async (t) => {
      await using _flood = await startFlood(folder, {
        kind,
        port: webhook.admissionPort,
        addresses: strangers(addresses),
        connections,
      });
      const flooded = await measureAnew();
      t.diagnostic(`calm ${JSON.stringify(calm)}, flooded ${JSON.stringify(flooded)}`);
      assert.equal(flooded.errors, "");
      // The soak has the strict limit. Here other tests run at the same time, and an API server waits for ten seconds.
      assert.ok(flooded.p99Ms < Math.max(9_000, 3 * calm.p99Ms), `${flooded.p99Ms} ms after ${calm.p99Ms} ms`);
    });
  }
});
