import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { createAuthority } from "#certs/authority.ts";
import { BundleInjector } from "#certs/bundle-injector.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const configuration = (bundle: string) => ({
  metadata: { name: "zz", uid: "u", resourceVersion: "3" },
  webhooks: [{ name: "w", clientConfig: { caBundle: Buffer.from(bundle).toString("base64") } }],
});

const nothing = (): never => {
  throw statusError(404, "NotFound");
};

describe("BundleInjector", () => {
  let right = "";
  before(async () => {
    right = (await createAuthority("right", { clock: systemClock, validityMs: 3_600_000, randomBytes })).cert;
  });

  /** An injector whose API server has this text in the ConfigMap, and answers for the configurations. */
  function injectorOf(published: () => string, answer: (request: ApiRequest) => unknown) {
    const client = new FakeApiClient((request) =>
      request.path.includes("/configmaps/")
        ? { metadata: { name: "ca", uid: "c", resourceVersion: "1" }, data: { "ca.crt": published() } }
        : answer(request),
    );
    const clock = new ManualClock();
    const injector = new BundleInjector({
      client,
      configurations: { mutating: "zz", validating: "v" },
      published: { namespace: "own", name: "ca" },
      clock,
      logger: silentLogger,
      metrics: createMetrics(),
    });
    const pass = () => injector.pass(new AbortController().signal);
    const writes = () => client.requests.filter(({ method }) => method === "PATCH");
    return { client, clock, pass, writes };
  }

  it("needs nothing for a configuration that is not installed, and does not write what is equal", async () => {
    const { pass, client } = injectorOf(
      () => right,
      ({ path }) => (path.endsWith("/v") ? nothing() : configuration(right)),
    );
    assert.deepEqual(await pass(), { requeueAfterMs: 30_000 });
    assert.deepEqual(
      client.requests.map(({ method }) => method),
      ["GET", "GET", "GET"],
    );
  });

  it("reads the configurations before the bundle, and binds its write to what it has seen", async () => {
    for (const wins of [true, false]) {
      const { client, pass, writes } = injectorOf(
        () => right,
        ({ method }) => {
          if (method === "PATCH" && !wins) throw statusError(409, "Conflict");
          return configuration("wrong");
        },
      );
      assert.deepEqual(await pass(), { requeueAfterMs: 1_000 }, "whether it came first or not, it looks again");
      assert.match(client.requests[2]?.path ?? "", /configmaps/);
      const [{ body, contentType } = {}] = writes();
      assert.equal(contentType, "application/strategic-merge-patch+json");
      assert.deepEqual((body as { metadata: object }).metadata, { uid: "u", resourceVersion: "3" });
    }
  });

  it("writes nothing while nothing is published that can be used", async () => {
    for (const published of [() => "nonsense", nothing]) {
      const { pass, writes } = injectorOf(published, () => configuration("before"));
      assert.deepEqual(await pass(), { requeueAfterMs: 30_000 });
      assert.deepEqual(writes(), []);
    }
  });

  it("writes once a second after the first ten, where somebody else writes as well", async () => {
    const { clock, pass, writes } = injectorOf(
      () => right,
      () => configuration("wrong"),
    );
    for (let n = 0; n < 5; n += 1) await pass();
    assert.equal(writes().length, 10);
    let isDone = false;
    void pass().then(() => {
      isDone = true;
    });
    await clock.advance(900);
    assert.deepEqual([writes().length, isDone], [11, false]);
    await clock.advance(1_200);
    assert.deepEqual([writes().length, isDone], [12, true]);
  });
});
