import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiRequest } from "#src/kube/client/api-client.ts";
import type { EventNote } from "#src/kube/events/event-series.ts";
import { EventRecorder } from "#src/kube/events/events.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

function note(name: string, more: Partial<EventNote> = {}): EventNote {
  const subject = { apiVersion: "v1", kind: "Pod", namespace: "a", name, uid: `uid-${name}` };
  return { subject, type: "Warning", reason: "AddressInUse", message: "taken", ...more };
}

function setUp(answer: (request: ApiRequest) => unknown = () => undefined) {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const client = new FakeApiClient((request) => {
    answer(request);
    return { metadata: { name: "e", uid: "u", resourceVersion: "1" } };
  });
  const recorder = new EventRecorder({
    client,
    component: "ovn4nfv-test",
    instance: "i",
    clock,
    logger: silentLogger,
    metrics,
    random: () => 0,
  });
  const dropped = async (): Promise<unknown> =>
    (await metrics.registry.getSingleMetric("ovn4nfv_kube_events_dropped_total")?.get())?.values.map(
      ({ labels, value }) => [labels["cause"], value],
    );
  const bodies = (): Record<string, unknown>[] => client.requests.map((one) => one.body as Record<string, unknown>);
  return { clock, client, recorder, dropped, bodies };
}

test("a note becomes an Event in the subject's namespace", async () => {
  const { client, recorder } = setUp();
  recorder.record(note("web-1"));
  await settled();
  assert.equal(client.requests[0]?.method, "POST");
  assert.equal(client.requests[0].path, "/api/v1/namespaces/a/events");
});

test("the same again within ten minutes raises the count of the same Event", async () => {
  const { clock, client, recorder, bodies } = setUp();
  recorder.record(note("web-1"));
  await clock.advance(599_999);
  recorder.record(note("web-1", { message: "still taken" }));
  await settled();
  assert.deepEqual(
    client.requests.map((one) => one.method),
    ["POST", "PATCH"],
  );
  assert.equal(bodies()[1]?.["count"], 2);
  assert.equal(bodies()[1]?.["message"], "still taken");
  await clock.advance(600_000);
  recorder.record(note("web-1"));
  await settled();
  assert.equal(client.requests[2]?.method, "POST");
  assert.equal(bodies()[2]?.["count"], 1);
});

test("an Event that the server has forgotten is made anew", async () => {
  const { client, recorder, bodies } = setUp((request) => {
    if (request.method === "PATCH") throw statusError(404, "NotFound");
  });
  recorder.record(note("web-1"));
  await settled();
  recorder.record(note("web-1"));
  await settled();
  assert.deepEqual(
    client.requests.map((one) => one.method),
    ["POST", "PATCH", "POST"],
  );
  assert.equal(bodies()[2]?.["count"], 1);
});

test("a storm is held to the rate, and what waits is merged", async () => {
  const { clock, client, recorder, bodies } = setUp();
  for (let pod = 0; pod < 40; pod += 1) recorder.record(note(`web-${pod}`));
  await settled();
  for (let again = 0; again < 9; again += 1) recorder.record(note("web-39"));
  await clock.advance(0);
  assert.equal(client.requests.length, 25);
  await clock.advance(1000);
  assert.equal(client.requests.length, 30);
  await clock.advance(10_000);
  assert.equal(client.requests.length, 40);
  assert.equal(bodies()[39]?.["count"], 10);
});

test("more subjects than memory is meant for are dropped and counted", async () => {
  const { recorder, dropped } = setUp();
  // One Event is being written, and a thousand can wait.
  for (let pod = 0; pod < 1_006; pod += 1) recorder.record(note(`web-${pod}`));
  assert.deepEqual(await dropped(), [["overflow", 5]]);
});

test("an API server that refuses costs the Event, not the caller", async () => {
  const { client, recorder, dropped } = setUp(() => {
    throw statusError(403, "Forbidden");
  });
  recorder.record(note("web-1"));
  recorder.record(note("web-2"));
  await settled();
  await settled();
  assert.equal(client.requests.length, 2);
  assert.deepEqual(await dropped(), [["error", 2]]);
});

test("closing writes what waits, until its deadline, and takes no more", async () => {
  const { clock, client, recorder } = setUp();
  for (let pod = 0; pod < 60; pod += 1) recorder.record(note(`web-${pod}`));
  const closed = recorder.close({ deadlineMs: 2000 });
  await clock.advance(2000);
  await closed;
  assert.ok(client.requests.length >= 34 && client.requests.length <= 36, `${client.requests.length} written`);
  recorder.record(note("late"));
  await clock.advance(60_000);
  assert.ok(client.requests.length <= 36);
  assert.deepEqual(clock.waiting(), []);
});

test("closing with nothing to write returns at once", async () => {
  await setUp().recorder.close();
});
