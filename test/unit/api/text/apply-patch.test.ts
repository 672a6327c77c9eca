import assert from "node:assert/strict";
import { test } from "node:test";
import { applyPatch } from "#src/api/text/apply-patch.ts";
import { AppError } from "#src/core/errors.ts";
import { JsonPatch } from "#src/api/text/json-patch.ts";

test("what JsonPatch collects is in the object afterwards, and the object itself stays", () => {
  const before = { metadata: { labels: { a: "1" }, finalizers: ["x", "y"] } };
  const patch = new JsonPatch(before)
    .set(["metadata", "annotations", "k8s.io/a~b"], "v")
    .set(["metadata", "labels", "a"], "2")
    .removeFrom(["metadata", "finalizers"], "x")
    .append(["metadata", "finalizers"], "z")
    .remove(["metadata", "labels", "missing"]);
  assert.deepEqual(applyPatch(before, patch.operations()), {
    metadata: { labels: { a: "2" }, finalizers: ["y", "z"], annotations: { "k8s.io/a~b": "v" } },
  });
  assert.deepEqual(before, { metadata: { labels: { a: "1" }, finalizers: ["x", "y"] } });
});

test("members are removed, and list items replaced, inserted and entered", () => {
  const before = { gone: 1, list: [{ a: 1 }, 2, 3] };
  const after = applyPatch(before, [
    { op: "remove", path: "/gone" },
    { op: "replace", path: "/list/1", value: "two" },
    { op: "add", path: "/list/3", value: 4 },
    { op: "add", path: "/list/0/b", value: 2 },
  ]);
  assert.deepEqual(after, { list: [{ a: 1, b: 2 }, "two", 3, 4] });
});

test("an operation that does not apply is a defect and says which", () => {
  for (const path of ["/missing/child", "/list/7", "/list/x", "", "/absent"]) {
    assert.throws(
      () => applyPatch({ list: [1] }, [{ op: "replace", path, value: 1 }]),
      (error) => error instanceof AppError && error.code === "Internal" && error.message.endsWith(`replace ${path}`),
    );
  }
});
