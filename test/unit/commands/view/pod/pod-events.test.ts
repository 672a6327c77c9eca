import assert from "node:assert/strict";
import { test } from "node:test";
import { projectEvent, readEvents } from "#src/commands/view/pod/pod-events.ts";
import { FakeApiClient, listOf } from "#test/fakes/kube/fake-api-client.ts";

const metadata = (name: string) => ({ name, namespace: "shop", uid: name, resourceVersion: "1" });

test("an Event of either form is read, with its last time and its count", () => {
  const involvedObject = { kind: "Pod", namespace: "shop", name: "web" };
  assert.deepEqual(
    projectEvent({
      type: "Warning",
      reason: "PortDown",
      message: "m",
      count: 3,
      lastTimestamp: "t2",
      source: { component: "c" },
      involvedObject,
    }),
    { at: "t2", type: "Warning", reason: "PortDown", message: "m", count: 3, from: "c", about: "Pod shop/web" },
  );
  const series = { count: 7, lastObservedTime: "t9" };
  const { at, count, from } = projectEvent({
    eventTime: "t1",
    series,
    reportingComponent: "scheduler",
    involvedObject,
  });
  assert.deepEqual([at, count, from], ["t9", 7, "scheduler"]);
});

test("the Events of one pod are asked for by its UID, and come oldest first", async () => {
  const items = ["t3", "t1", "t2"].map((lastTimestamp) => ({ metadata: metadata(lastTimestamp), lastTimestamp }));
  const client = new FakeApiClient(() => listOf(items, "1"));
  const events = await readEvents(client, { namespace: "shop", uid: "u" }, {});
  assert.deepEqual(
    events.map(({ at }) => at),
    ["t1", "t2", "t3"],
  );
  assert.equal(client.requests[0]?.query?.["fieldSelector"], "involvedObject.uid=u");
});
