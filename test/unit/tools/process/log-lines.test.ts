import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonLines } from "#tools/process/log-lines.ts";

test("the lines of a log are its JSON objects, in order", () => {
  assert.deepEqual(jsonLines('{"n":1}\nnot of ours\n{"n":2}\n'), [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(jsonLines(""), []);
});

test("a line that is still being written is not there yet", () => {
  assert.deepEqual(jsonLines('{"n":1}\n{"n":{"m":2}'), [{ n: 1 }]);
  assert.deepEqual(jsonLines('{"n":1}\n{"n":2}'), [{ n: 1 }], "also when it could be read");
});
