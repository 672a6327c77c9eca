import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveView } from "#src/commands/view/live-view.ts";
import type { ViewChange, ViewState } from "#src/view/contract/view-event.ts";
import type { ViewItem } from "#src/view/contract/view-item.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { sampleRouter } from "#test/fixtures/view/view-samples.ts";

const about = { source: "northbound", sees: "everything", version: "0", omitted: [] } as const;

function start(workMs = 0) {
  const clock = new ManualClock();
  const changes: ViewChange[] = [];
  const states: ViewState[] = [];
  const there = { items: [sampleRouter("a")] as ViewItem[], made: 0 };
  const view = new LiveView({
    about: () => about,
    items: () => {
      there.made += 1;
      clock.jump(workMs);
      return there.items;
    },
    clock,
    changed: (change) => changes.push(change),
    stateChanged: (state) => states.push(state),
  });
  view.refresh();
  return { clock, changes, states, there, view };
}

test("many changes become one, and what is the same is not told", async () => {
  const { clock, changes, there, view } = start();
  there.items = [sampleRouter("a"), sampleRouter("b")];
  for (let i = 0; i < 50; i += 1) view.touch();
  await clock.advance(100);
  assert.equal(there.made, 2);
  assert.deepEqual(
    changes.at(-1)?.items.map(({ key }) => key),
    ["router/b"],
  );
  view.touch();
  await clock.advance(100);
  assert.equal(changes.length, 2, "the second look found nothing new");
  assert.equal(view.snapshot().items.length, 2);
});

test("when the objects take long to make, they are made less often", async () => {
  const { clock, there, view } = start(200);
  view.touch();
  await clock.advance(700);
  assert.equal(there.made, 1);
  await clock.advance(100);
  assert.equal(there.made, 2);
});

test("a lost source is told once, and when it is back", () => {
  const { states, view } = start();
  view.follows("northbound", undefined);
  view.follows("northbound", "gone");
  view.follows("northbound", "gone");
  view.follows("northbound", undefined);
  assert.deepEqual(
    states.map(({ live, why }) => [live, why]),
    [
      [false, "gone"],
      [true, undefined],
    ],
  );
});

test("the reasons of two lost sources are told beside each other, until both are back", () => {
  const { states, view } = start();
  view.follows("northbound", "no database");
  view.follows("cluster", "no cluster");
  view.follows("northbound", undefined);
  assert.equal(view.state().live, false);
  view.follows("cluster", undefined);
  assert.deepEqual(
    states.map(({ why }) => why),
    ["no database", "no database; no cluster", "no cluster", undefined],
  );
});
