import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { watchNamed } from "#src/kube/informer/named-watch.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

async function watching() {
  const client = new FakeWatchServer();
  const states: (string | undefined)[] = [];
  const stop = new AbortController();
  const run = watchNamed(
    {
      client,
      resource: resources.secrets,
      target: { namespace: "n", name: "s" },
      clock: new ManualClock(),
      logger: silentLogger,
      metrics: createMetrics(),
      onState: (object) => states.push(object?.metadata.resourceVersion),
    },
    stop.signal,
  );
  await settled();
  const end = (): Promise<void> => {
    stop.abort();
    return run;
  };
  return { client, states, end };
}

test("the states of the object are reported, and only its name is asked for", async () => {
  const { client, states, end } = await watching();
  const [watch] = client.watches;
  assert.ok(watch !== undefined);
  assert.equal(watch.request.path, "/api/v1/namespaces/n/secrets");
  assert.equal(watch.request.query?.["fieldSelector"], "metadata.name=s");
  const at = (resourceVersion: string) => ({ metadata: { name: "s", namespace: "n", uid: "u", resourceVersion } });
  watch.bookmark("1", true);
  watch.send("ADDED", at("2"));
  watch.send("MODIFIED", at("3"));
  watch.send("DELETED", at("4"));
  await settled();
  assert.deepEqual(states, [undefined, "2", "3", undefined]);
  await end();
});

test("an object that is there at the start is reported once, when everything was read", async () => {
  const { client, states, end } = await watching();
  const [watch] = client.watches;
  watch?.send("ADDED", { metadata: { name: "s", namespace: "n", uid: "u", resourceVersion: "5" } });
  await settled();
  assert.deepEqual(states, []);
  watch?.bookmark("6", true);
  await settled();
  assert.deepEqual(states, ["5"]);
  await end();
});
