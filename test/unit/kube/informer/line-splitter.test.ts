import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter } from "#src/kube/informer/line-splitter.ts";

test("lines are the same however the bytes are cut, also inside a character", () => {
  const bytes = Buffer.from('{"a":"ä€😀"}\n\n{"b":2}\n{"c"');
  for (let size = 1; size <= bytes.length; size += 1) {
    const splitter = new LineSplitter();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
    assert.deepEqual(lines, ['{"a":"ä€😀"}', '{"b":2}'], `chunks of ${size}`);
  }
});

test("a line over the limit is refused before it is complete", () => {
  const splitter = new LineSplitter(10);
  assert.deepEqual(splitter.push(Buffer.from("0123456789\n")), ["0123456789"]);
  splitter.push(Buffer.from("0123456789"));
  assert.throws(() => splitter.push(Buffer.from("x")), { code: "ProtocolError" });
});
