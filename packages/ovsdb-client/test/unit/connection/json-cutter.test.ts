import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonCutter, type JsonPath } from "../../../src/connection/json-cutter.ts";

type Cut = readonly [path: string, value: unknown];

/** The parts of a stream that arrives in these pieces, with "end" after each value at the top. */
function cut(pieces: readonly Buffer[], descend: (path: JsonPath) => boolean, maxBytes = 10_000): (Cut | "end")[] {
  const out: (Cut | "end")[] = [];
  const cutter = new JsonCutter(
    {
      descend,
      value: (path, text) => out.push([path.join("/"), JSON.parse(text) as unknown]),
      end: () => out.push("end"),
    },
    maxBytes,
  );
  for (const piece of pieces) cutter.feed(piece);
  return out;
}

const never = () => false;
const always = () => true;

const stream = Buffer.from(
  '{"a":"} {\\"\\\\","ü€😀":[1,{"b":null}]}{"c":-1.5e3, "d":[],"e":{}}\n {"f\\"g":[[true],"x"]}{"last":"\\\\"}',
);
const whole = cut([stream], never);
const everything = cut([stream], always);

test("messages are cut apart wherever brackets, quotes and escapes are", () => {
  assert.deepEqual(whole, [
    ["", { a: '} {"\\', "ü€😀": [1, { b: null }] }],
    "end",
    ["", { c: -1500, d: [], e: {} }],
    "end",
    ["", { 'f"g': [[true], "x"] }],
    "end",
    ["", { last: "\\" }],
    "end",
  ]);
});

test("values are cut out at any depth with the path to them", () => {
  assert.deepEqual(everything, [
    ["a", '} {"\\'],
    ["ü€😀/0", 1],
    ["ü€😀/1/b", null],
    "end",
    ["c", -1500],
    "end",
    ['f"g/0/0', true],
    ['f"g/1', "x"],
    "end",
    ["last", "\\"],
    "end",
  ]);
});

test("it makes no difference at which byte the stream is split", () => {
  for (let at = 0; at <= stream.length; at += 1) {
    const pieces = [stream.subarray(0, at), stream.subarray(at)];
    assert.deepEqual(cut(pieces, never), whole, `split at ${at}`);
    assert.deepEqual(cut(pieces, always), everything, `split at ${at}`);
  }
  const bytes = Array.from(stream, (byte) => Buffer.from([byte]));
  assert.deepEqual(cut(bytes, never), whole);
  assert.deepEqual(cut(bytes, always), everything);
});

test("a caller may use its buffer again", () => {
  const buffer = Buffer.alloc(4);
  const out: string[] = [];
  const cutter = new JsonCutter({ descend: never, value: (_, text) => out.push(text), end: () => {} }, 100);
  const text = '{"key":"value"}';
  for (let at = 0; at < text.length; at += 4) cutter.feed(buffer.subarray(0, buffer.write(text.slice(at, at + 4))));
  assert.deepEqual(out, [text]);
});

test("a value longer than allowed is refused before it is complete", () => {
  assert.throws(() => cut([Buffer.from(`{"a":"${"x".repeat(50)}`)], never, 50), {
    code: "ProtocolError",
    message: /50 bytes/,
  });
  assert.equal(cut([Buffer.from(`{"a":"${"x".repeat(40)}"}`.repeat(10))], never, 50).length, 20);
});

test("what is not a stream of JSON objects is refused where it is seen", () => {
  for (const text of ["x", "[]", "1", '"a"', "}", "{1:2}", '{"a" 1}', '{"a":1]', '{"a":[1}', '{"a":,}', '{"a":1 2}']) {
    assert.throws(() => cut([Buffer.from(text)], always), { code: "ProtocolError" }, text);
  }
});
