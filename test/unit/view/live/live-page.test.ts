import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { LivePage } from "#src/view/live/live-page.ts";
import { KeptResponse } from "#test/fakes/kept-response.ts";
import { settled } from "#test/fakes/manual-clock.ts";

const kilobyte = 1_024;
const beat = Buffer.from("bbbb");

function start({ backlogBytes = 10 * kilobyte, isSlow = true } = {}) {
  const response = new KeptResponse({ isSlow });
  return { response, page: new LivePage(response as unknown as ServerResponse, backlogBytes) };
}

/** An event of a size, which is told from others by its letter. */
const event = (letter: string, size: number) => Buffer.from(letter.repeat(size));

/** Gives what was written as runs of letters: `s3` for `sss`. */
const runsOf = (text: string) => text.match(/(.)\1*/g)?.map((run) => `${run[0] ?? ""}${run.length}`) ?? [];

test("a page that reads slowly stays, however many heartbeats its snapshot takes", () => {
  const { page, response } = start();
  page.sendWhole(event("s", 1_000 * kilobyte));
  for (let beats = 0; beats < 15; beats += 1) {
    page.beat(beat);
    response.take();
  }
  assert.deepEqual([response.destroyed, response.sizes.length], [false, 16]);
  assert.ok(Math.max(...response.sizes) <= 64 * kilobyte);
  response.take();
  page.beat(beat);
  assert.deepEqual(runsOf(response.text), [`s${1_000 * kilobyte}`, "b4"], "a beat comes once nothing waits");
});

test("a page that takes nothing is cut off at the second heartbeat, also when small changes come", () => {
  const { page, response } = start();
  page.sendWhole(event("s", 100));
  page.beat(beat);
  page.send(event("c", 10));
  assert.equal(response.destroyed, false);
  page.beat(beat);
  assert.equal(response.destroyed, true);
  assert.deepEqual(runsOf(response.text), ["s100"], "nothing is handed over before the piece in front of it was taken");
});

test("a page to which something is sent after a silence has time until the second heartbeat", () => {
  const { page, response } = start();
  page.sendWhole(event("s", 100));
  response.take();
  for (let beats = 0; beats < 5; beats += 1) {
    page.beat(beat);
    response.take();
  }
  page.send(event("c", 10));
  page.beat(beat);
  assert.equal(response.destroyed, false);
  page.beat(beat);
  assert.equal(response.destroyed, true);
});

test("a page is cut off when more than the backlog waits besides its snapshot", () => {
  const { page, response } = start();
  page.sendWhole(event("s", 100 * kilobyte));
  for (let i = 0; i < 11; i += 1) page.send(event("c", kilobyte));
  assert.equal(response.destroyed, false);
  page.send(event("c", 1));
  assert.equal(response.destroyed, true);
});

test("all that there is takes the place of what waits, behind the event that was begun, and is no backlog itself", () => {
  const { page, response } = start({ backlogBytes: 150 * kilobyte });
  page.sendWhole(event("s", 1));
  response.take();
  page.send(event("a", 100 * kilobyte));
  page.send(event("b", 1));
  page.sendWhole(event("w", 200 * kilobyte));
  page.send(event("c", 1));
  for (let i = 0; i < 10; i += 1) response.take();
  assert.equal(response.destroyed, false);
  assert.deepEqual(runsOf(response.text), ["s1", `a${100 * kilobyte}`, `w${200 * kilobyte}`, "c1"]);
});

test("events come in their order, whole, to one that reads", async () => {
  const { page, response } = start({ isSlow: false, backlogBytes: 100 * kilobyte });
  page.sendWhole(event("s", 300 * kilobyte));
  page.send(event("a", 70 * kilobyte));
  page.send(event("c", 3));
  await settled();
  assert.deepEqual(runsOf(response.text), [`s${300 * kilobyte}`, `a${70 * kilobyte}`, "c3"]);
});
