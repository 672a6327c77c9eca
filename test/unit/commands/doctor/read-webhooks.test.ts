import assert from "node:assert/strict";
import { test } from "node:test";
import { readEntries } from "#src/commands/doctor/read-webhooks.ts";
import { FakeApiClient, listOf } from "#test/fakes/kube/fake-api-client.ts";

test("entries are ours by their name, wherever they lead", async () => {
  const meta = (name: string) => ({ metadata: { name, uid: name, resourceVersion: "1" } });
  const service = { namespace: "ovn4nfv-system", name: "ovn4nfv-webhook" };
  const caBundle = Buffer.from("PEM").toString("base64");
  const client = new FakeApiClient(({ path }) =>
    path.includes("mutating")
      ? listOf(
          [
            {
              ...meta("zz-ovn4nfv"),
              webhooks: [{ name: "allocate.pods.ovn4nfv.opnfv.org", clientConfig: { service, caBundle } }],
            },
            { ...meta("istio"), webhooks: [{ name: "injector.istio.io", clientConfig: { service } }] },
          ],
          "1",
        )
      : listOf(
          [
            {
              ...meta("ovn4nfv"),
              webhooks: [
                { name: "networks.ovn4nfv.opnfv.org", clientConfig: { url: "https://192.0.2.7:9443/validate" } },
              ],
            },
          ],
          "1",
        ),
  );
  assert.deepEqual(await readEntries(client, {}), [
    {
      configuration: "zz-ovn4nfv",
      name: "allocate.pods.ovn4nfv.opnfv.org",
      target: "ovn4nfv-system/ovn4nfv-webhook",
      caBundle: "PEM",
    },
    { configuration: "ovn4nfv", name: "networks.ovn4nfv.opnfv.org", target: "192.0.2.7:9443", caBundle: "" },
  ]);
});
