import assert from "node:assert/strict";
import { test } from "node:test";
import { keepScheme, nextScheme, readScheme } from "#page/frame/color-scheme.ts";

test("a choice is remembered, and what nobody can have chosen is the system's", () => {
  const kept = new Map<string, string>();
  const memory = () => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  assert.equal(readScheme(memory), "system");
  keepScheme(memory, "dark");
  assert.equal(readScheme(memory), "dark");
  for (const key of kept.keys()) kept.set(key, "purple");
  assert.equal(readScheme(memory), "system");
});

test("a browser that forbids memory only forgets", () => {
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  assert.doesNotThrow(() => keepScheme(forbidden, "dark"));
  assert.equal(readScheme(forbidden), "system");
});

test("the switch goes round", () => {
  assert.deepEqual((["system", "light", "dark"] as const).map(nextScheme), ["light", "dark", "system"]);
});
