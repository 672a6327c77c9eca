import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeMs } from "#page/pods/step-words.ts";

test("the whole time is between the first and the last known one, and there is none with fewer than two", () => {
  const step = (at?: string) => ({ name: "add", state: "done", says: "", ...(at !== undefined && { at }) }) as const;
  assert.equal(wholeMs([step("2026-11-29T12:00:00Z"), step(), step("2026-11-29T12:00:02.5Z"), step()]), 2_500);
  assert.equal(wholeMs([step("2026-11-29T12:00:00Z"), step("soon")]), undefined);
  assert.equal(wholeMs([]), undefined);
});
