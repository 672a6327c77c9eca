import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { listOf, textMap } from "#src/api/text/first-fault.ts";

const told = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ path, message }) => [path.join("."), message]);

test("faults are told with the path and the words of zod", () => {
  const owner = z.object({ name: z.string() });
  for (const value of [1, "x", {}, null, undefined, [{ name: 1 }], [{ name: "a" }, 7]]) {
    assert.deepEqual(told(listOf(owner), value), told(z.array(owner), value));
  }
  for (const value of [1, "x", [], null, undefined, { a: 1 }, { a: "b", c: null }]) {
    assert.deepEqual(told(textMap, value), told(z.record(z.string(), z.string()), value));
  }
});

test("only the first fault is told, however many there are", () => {
  const many = Array.from({ length: 1_000 }, (_, at) => at);
  assert.equal(told(listOf(z.string()), many)?.length, 1);
  assert.equal(told(textMap, Object.fromEntries(many.map((at) => [`k${at}`, at])))?.length, 1);
});

test("what is right is passed on as it is, and may be absent where that is allowed", () => {
  const list = ["a", "b"];
  const map = { a: "b" };
  const schema = z.object({ list: listOf(z.string()).nullish(), map: textMap.nullish() });
  const parsed = schema.parse({ list, map });
  assert.deepEqual(parsed, { list, map });
  assert.equal(parsed.map, map);
  for (const absent of [{}, { list: null, map: null }]) assert.deepEqual(schema.parse(absent), absent);
});
