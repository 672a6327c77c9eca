import assert from "node:assert/strict";
import { test } from "node:test";
import { OvsPasses } from "#cni/plumbing/ovs-passes.ts";
import { systemClock } from "#src/core/clock.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";

/** A keeper's passes over a database that shows `seen`. `next` waits for a pass after it did something, and `looked` for a look. */
function keeper({ seen = "", acts = true }: { readonly seen?: string; readonly acts?: boolean } = {}) {
  const notifier = new KeyedNotifier<undefined>(systemClock, () => "a change");
  const view = { changes: 0, passes: 0, warnings: [] as string[] };
  let shown: string | undefined = seen;
  const database = {
    get changes() {
      return view.changes;
    },
    whenChanged: (known: number, options: object) => notifier.until(undefined, () => view.changes > known, options),
    change: () => Promise.resolve(acts),
  };
  const change = (text: string | undefined): void => {
    shown = text;
    view.changes += 1;
    notifier.notify(undefined);
  };
  const logger = { ...silentLogger, warn: (_fields: object, message: string) => view.warnings.push(message) };
  const parts = { database, clock: systemClock, logger, metrics: createMetrics() };
  const passes = new OvsPasses<readonly string[]>("things", parts);
  const stop = new AbortController();
  let made = Promise.withResolvers<undefined>();
  let look = Promise.withResolvers<undefined>();
  const pass = () => {
    view.passes += 1;
    made.resolve(undefined);
    return Promise.resolve({});
  };
  const next = (act: () => void): Promise<undefined> => {
    made = Promise.withResolvers();
    act();
    return made.promise;
  };
  const looked = (act: () => void): Promise<undefined> => {
    look = Promise.withResolvers();
    act();
    return look.promise;
  };
  const markOf = (): string | undefined => {
    look.resolve(undefined);
    return shown;
  };
  const running = passes.run(pass, markOf, stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { passes, view, change, next, looked, end };
}

test("a pass is made when it is asked for, and after a change of what the keeper sees", async () => {
  const { passes, view, change, next, end } = keeper();
  assert.equal(view.passes, 0, "there is nothing to see");
  await next(() => passes.ask());
  await next(() => change("a port"));
  assert.equal(view.passes, 2);
  await end();
});

test("a change of the database that the keeper does not see, or that does not matter, makes no pass", async () => {
  const { view, change, next, looked, end } = keeper({ seen: "a port" });
  await next(() => {});
  for (const text of ["a port", undefined, "a port"]) await looked(() => change(text));
  await next(() => change("two ports"));
  assert.equal(view.passes, 2);
  await end();
});

test("listeners hear of what passes found only when it is news", async () => {
  const { passes, end } = keeper();
  const heard: unknown[] = [];
  passes.onFound(() => heard.push(passes.found));
  const tell = (before: readonly string[] | undefined) => heard.push({ before });
  for (const found of [["a"], ["a"], ["a", "b"]]) passes.report(found, tell);
  assert.deepEqual(heard, [{ before: undefined }, ["a"], { before: ["a"] }, ["a", "b"]]);
  await end();
});

test("an Open vSwitch that does not act on a change is told of", async () => {
  for (const [acts, warnings] of [
    [true, []],
    [false, ["ovs-vswitchd does not act on changes of its database"]],
  ] as const) {
    const { passes, view, end } = keeper({ acts });
    await passes.change([], {});
    assert.deepEqual(view.warnings, warnings);
    await end();
  }
});
