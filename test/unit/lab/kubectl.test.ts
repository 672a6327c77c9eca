import assert from "node:assert/strict";
import { test } from "node:test";
import { limitFor } from "#test/lab/kubectl.ts";

test("a kubectl that is told how long to wait is waited for longer than that", () => {
  assert.deepEqual(limitFor(["wait", "pod", "a", "--for=delete", "--timeout=120s"]), { timeoutMs: 150_000 });
  assert.deepEqual(limitFor(["get", "pods"]), {});
});
