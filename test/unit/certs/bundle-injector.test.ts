import assert from "node:assert/strict";
import { test } from "node:test";
import { BundleInjector, bundleChange } from "#certs/bundle-injector.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

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

function injectorOf(answer: (request: ApiRequest) => unknown) {
  const client = new FakeApiClient(answer);
  const clock = new ManualClock();
  const injector = new BundleInjector(client, { mutating: "zz", validating: "v" }, clock, silentLogger);
  return { client, clock, injector };
}

test("a configuration that is not installed needs nothing, and what is equal is not written", async () => {
  const { client, injector } = injectorOf(({ path }) => {
    if (path.endsWith("/v")) throw statusError(404, "NotFound");
    return configuration("right");
  });
  assert.equal(await injector.inject(await injector.read({}), "right", {}), true);
  assert.deepEqual(
    client.requests.map(({ method }) => method),
    ["GET", "GET"],
  );
});

test("a write is bound to what was seen, and whether it came first or not, the state is to be read again", async () => {
  for (const wins of [true, false]) {
    const { client, injector } = injectorOf(({ method }) => {
      if (method === "PATCH" && !wins) throw statusError(409, "Conflict");
      return configuration("wrong");
    });
    assert.equal(await injector.inject(await injector.read({}), "right", {}), false);
    const { body, contentType } = client.requests[2] ?? {};
    assert.equal(contentType, "application/strategic-merge-patch+json");
    assert.deepEqual((body as { metadata: object }).metadata, { uid: "u", resourceVersion: "3" });
  }
});

test("where somebody else writes as well, it is once a second after the first ten", async () => {
  const { client, clock, injector } = injectorOf(() => configuration("wrong"));
  const writes = () => client.requests.filter(({ method }) => method === "PATCH").length;
  const seen = await injector.read({});
  for (let n = 0; n < 5; n += 1) await injector.inject(seen, "right", {});
  assert.equal(writes(), 10);
  let isDone = false;
  void injector.inject(seen, "right", {}).then(() => {
    isDone = true;
  });
  await clock.advance(900);
  assert.deepEqual([writes(), isDone], [11, false]);
  await clock.advance(1_200);
  assert.deepEqual([writes(), isDone], [12, true]);
});
