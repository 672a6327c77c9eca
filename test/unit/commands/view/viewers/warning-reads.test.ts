import assert from "node:assert/strict";
import { test } from "node:test";
import { WarningReads } from "#src/commands/view/viewers/warning-reads.ts";
import { readEvents } from "#src/commands/view/pod/pod-events.ts";
import { FakeApiClient, listOf } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

function start() {
  const clock = new ManualClock();
  const there = { isDown: false };
  const inner = new FakeApiClient(() => {
    if (there.isDown) throw new Error("away");
    return listOf([], "1");
  });
  return { clock, there, inner, client: new WarningReads({ client: inner, clock, timeoutMs: 1_000 }) };
}

test("all who want the warnings of a namespace within some seconds share one read", async () => {
  const { clock, inner, client } = start();
  const read = (namespace: string) => readEvents(client, { namespace, type: "Warning" }, {});
  await Promise.all(Array.from({ length: 16 }, () => read("shop")));
  await read("shop");
  assert.equal(inner.requests.length, 1);
  await read("bank");
  assert.equal(inner.requests.length, 2);
  await clock.advance(3_000);
  await read("shop");
  assert.equal(inner.requests.length, 3);
  for (let i = 0; i < 2; i += 1) await readEvents(client, { namespace: "shop", uid: "u" }, {});
  assert.equal(inner.requests.length, 5, "what is about one pod is read each time");
});

test("a read that failed is not shared, and one who goes away takes it from nobody", async () => {
  const { there, inner, client } = start();
  const read = (signal?: AbortSignal) =>
    readEvents(client, { namespace: "shop", type: "Warning" }, signal === undefined ? {} : { signal });
  there.isDown = true;
  await assert.rejects(read(), /away/);
  there.isDown = false;
  await assert.rejects(read(AbortSignal.abort()), { code: "Aborted" });
  assert.deepEqual(await read(), []);
  assert.equal(inner.requests.length, 2);
});
