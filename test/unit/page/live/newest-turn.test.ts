import assert from "node:assert/strict";
import { test } from "node:test";
import { NewestTurn } from "#page/live/newest-turn.ts";

/** Lets everything happen that waits for nothing else. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function begin() {
  const begun: string[] = [];
  const done: string[] = [];
  const ends = new Map<string, () => void>();
  const turns = new NewestTurn();
  const take = (name: string): void => {
    turns.take(async (signal) => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      if (!signal.aborted) done.push(name);
    });
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settled();
  };
  return { turns, take, end, begun, done };
}

test("what takes longer than the next change is done, and after it only the newest of what came meanwhile", async () => {
  const { take, end, begun, done } = begin();
  for (const name of ["first", "second", "third"]) take(name);
  assert.deepEqual(begun, ["first"]);
  await end("first");
  assert.deepEqual([begun, done], [["first", "third"], ["first"]]);
  await end("third");
  take("fourth");
  await end("fourth");
  assert.deepEqual(done, ["first", "third", "fourth"]);
});

test("after the close nothing begins, and what is under way is told", async () => {
  const { turns, take, end, begun, done } = begin();
  take("first");
  take("second");
  turns.close();
  take("third");
  await end("first");
  assert.deepEqual([begun, done], [["first"], []]);
});
