import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { ViewState } from "#src/view/contract/view-event.ts";
import { defaultLiveLimits, LiveStream } from "#src/view/live/live-stream.ts";
import { KeptResponse } from "#test/fakes/kept-response.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { sampleRouter, sampleSnapshot } from "#test/fixtures/view/view-samples.ts";

const at = "2026-01-01T00:00:00Z";

function start() {
  const clock = new ManualClock();
  const there: { state: ViewState } = { state: { at, live: true } };
  const source = { snapshot: () => sampleSnapshot([sampleRouter("a")]), state: () => there.state };
  const stream = new LiveStream(source, clock);
  const open = (response = new KeptResponse()) => {
    stream.open(response as unknown as ServerResponse);
    return response;
  };
  return { clock, there, stream, open };
}

const eventsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^event: (\w+)$/gm)].map(([, name = ""]) => name);

test("a page that is told everything anew hears again that it is not up to date", async () => {
  const { there, stream, open } = start();
  const response = open();
  there.state = { at, live: false, why: "nobody answers" };
  stream.send("state", there.state);
  stream.sendWhole();
  await settled();
  const [last = ""] = response.text.split("\n\n").slice(-2);
  assert.match(last, /^event: state\n.*"why":"nobody answers"/);
});

test("a change that is larger than the backlog, and everything anew after it, cut nobody off", async () => {
  const { stream, open } = start();
  const response = open();
  await settled();
  const message = "x".repeat(2 * defaultLiveLimits.backlogBytes);
  stream.send("change", { at, items: [sampleRouter("b", { message })], gone: [] });
  stream.sendWhole();
  await settled();
  assert.equal(response.destroyed, false);
  assert.deepEqual(eventsIn(response.text), ["snapshot", "state", "change", "snapshot", "state"]);
});

test("one that reads nothing is cut off at the second heartbeat although small changes come, and another one goes on", async () => {
  const { clock, stream, open } = start();
  const [silent, reading] = [open(new KeptResponse({ isSlow: true })), open()];
  for (let beats = 0; beats < 2; beats += 1) {
    stream.send("change", { at, items: [], gone: ["router/b"] });
    await clock.advance(defaultLiveLimits.heartbeatMs);
  }
  assert.deepEqual([silent.destroyed, reading.destroyed, stream.size], [true, false, 1]);
  assert.equal(eventsIn(reading.text).at(-1), "beat");
});
