import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ephemeralTokenKey } from "#src/tokens/token.ts";
import { PublishedKeys } from "#src/tokens/published-keys.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const pem = createPublicKey(ephemeralTokenKey()).export({ type: "spki", format: "pem" }).toString();
const configMap = (version: string, ...kids: readonly string[]) => ({
  metadata: { name: "keys", namespace: "n", uid: "u", resourceVersion: version },
  data: Object.fromEntries(kids.map((kid) => [`${kid}.pem`, pem])),
});

function open() {
  const clock = new ManualClock();
  const server = new FakeWatchServer();
  const keys = new PublishedKeys({
    client: server,
    namespace: "n",
    configMap: "keys",
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
  });
  return { clock, server, keys };
}

test("keys from the watch need no read, and a key that the watch removed is gone", async () => {
  const { server, keys } = open();
  const stop = new AbortController();
  const run = keys.run(stop.signal);
  await settled();
  const [watch] = server.watches;
  watch?.send("ADDED", configMap("1", "a", "b"));
  watch?.bookmark("1", true);
  await settled();
  assert.ok((await keys.get("a")) !== undefined);
  assert.equal(server.lists.length, 0);
  watch?.send("MODIFIED", configMap("2", "b"));
  await settled();
  server.list = () => configMap("2", "b");
  assert.equal(await keys.get("a"), undefined);
  stop.abort();
  await run;
});

test("before a key counts as unknown the ConfigMap is read, once for all who ask, at most once a second", async () => {
  const { clock, server, keys } = open();
  server.list = () => configMap("1", "a");
  const [a, b, unknown] = await Promise.all([keys.get("a"), keys.get("a"), keys.get("x")]);
  assert.ok(a !== undefined && b !== undefined && unknown === undefined);
  await keys.get("x");
  assert.equal(server.lists.length, 1);
  server.list = () => configMap("2", "a", "x");
  await clock.advance(1_000);
  assert.ok((await keys.get("x")) !== undefined);
  assert.equal(server.lists.length, 2);
});

test("when it cannot be read nothing is called unknown, and the next one asks again", async () => {
  const { server, keys } = open();
  server.list = () => {
    throw statusError(404, "NotFound");
  };
  await assert.rejects(keys.get("a"), (error) => error instanceof AppError && error.code === "KubeApiError");
  server.list = () => configMap("1", "a");
  assert.ok((await keys.get("a")) !== undefined);
});

test("a ConfigMap that holds nonsense leaves the keys as they were", async () => {
  const { clock, server, keys } = open();
  server.list = () => configMap("1", "a");
  await keys.get("a");
  await clock.advance(1_000);
  server.list = () => ({ ...configMap("2"), data: { "a.pem": "nonsense" } });
  assert.equal(await keys.get("x"), undefined);
  assert.ok((await keys.get("a")) !== undefined);
});
