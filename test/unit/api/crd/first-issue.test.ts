import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { firstIssue } from "#src/api/crd/first-issue.ts";

test("the first fault is named by its place and its words", () => {
  const schema = z.object({ spec: z.object({ names: z.array(z.string()) }) });
  const { error } = schema.safeParse({ spec: { names: ["a", 7] } });
  assert.ok(error);
  const { path, field, reason } = firstIssue(error);
  assert.deepEqual([path, field], [["spec", "names", 1], "spec.names.1"]);
  assert.match(reason, /expected string/);
  assert.deepEqual(firstIssue(new z.ZodError([])), { path: [], field: "", reason: "is wrong" });
});
