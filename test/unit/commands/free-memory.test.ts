import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { freeMemory } from "#src/commands/free-memory.ts";

const found = Object.getOwnPropertyDescriptor(globalThis, "gc");

afterEach(() => {
  if (found === undefined) Reflect.deleteProperty(globalThis, "gc");
  else Object.defineProperty(globalThis, "gc", found);
});

const nextJob = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what nobody refers to is gone at once", async () => {
  setFlagsFromString("--expose-gc");
  Object.assign(globalThis, { gc: runInNewContext("gc") as unknown });
  const spent = new WeakRef({ rows: new Array(1000).fill("row") });
  await nextJob();
  freeMemory();
  assert.equal(spent.deref(), undefined);
});

test("without --expose-gc nothing is done", async () => {
  Object.assign(globalThis, { gc: undefined });
  const spent = new WeakRef({ rows: new Array(1000).fill("row") });
  await nextJob();
  freeMemory();
  assert.notEqual(spent.deref(), undefined);
});
