import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleChange, haveBundle, WebhookConfigurations } from "#certs/webhook-configurations.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";

const encode = (text: string) => Buffer.from(text).toString("base64");
const configuration = (...bundles: readonly (string | undefined)[]) => ({
  metadata: { name: "zz", uid: "u", resourceVersion: "3" },
  webhooks: bundles.map((bundle, n) => ({
    name: `w${n}`,
    clientConfig: { service: {}, ...(bundle === undefined ? {} : { caBundle: encode(bundle) }) },
  })),
});

test("only entries with another bundle are named in a change", () => {
  assert.deepEqual(bundleChange(configuration("right", "wrong", undefined), "right"), {
    webhooks: [1, 2].map((n) => ({ name: `w${n}`, clientConfig: { caBundle: encode("right") } })),
  });
  assert.equal(bundleChange(configuration("right"), "right"), undefined);
  assert.equal(bundleChange({ metadata: { name: "zz", uid: "u", resourceVersion: "1" } }, "right"), undefined);
});

test("the API server has been told when each configuration that is installed has the bundle everywhere", () => {
  assert.equal(haveBundle([configuration("right", "right"), undefined], "right"), true);
  assert.equal(haveBundle([configuration("right", "wrong"), undefined], "right"), false);
  assert.equal(haveBundle([configuration("right"), configuration(undefined)], "right"), false);
});

test("both configurations are read, and one that is not installed is undefined", async () => {
  const client = new FakeApiClient(({ path }) => {
    if (path.endsWith("/validatingwebhookconfigurations/v")) throw statusError(404, "NotFound");
    return configuration("right");
  });
  const seen = await new WebhookConfigurations(client, { mutating: "zz", validating: "v" }).read({});
  assert.deepEqual(
    seen.map((object) => object?.metadata.name),
    ["zz", undefined],
  );
});
