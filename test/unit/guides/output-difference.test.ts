import assert from "node:assert/strict";
import { test } from "node:test";
import { compareOutput, isSame } from "#guides/output-difference.ts";

const matches = (expected: readonly string[], real: string): boolean => isSame(compareOutput(expected, real));

test("equal lines match, whatever blanks and empty lines stand at the end", () => {
  assert.ok(matches(["a", "b"], "a\nb"));
  assert.ok(matches(["a", "b", ""], "a  \nb\n\n\n"));
  assert.ok(!matches(["a", "b"], "a\n\nb\n"));
  assert.ok(!matches([" a"], "a\n"));
});

test("several blanks are as good as one, and none is not", () => {
  assert.ok(matches(["NAME   AGE"], "NAME         AGE\n"));
  assert.ok(matches(["   indented"], " indented\n"));
  assert.ok(!matches(["NAME AGE"], "NAMEAGE\n"));
});

test("three dots inside a line stand for any text, also for none", () => {
  assert.ok(matches(["pod/... created in ... s"], "pod/a created in 1.2 s\n"));
  assert.ok(matches(["a...b"], "ab\n"));
  assert.ok(matches(["a...a"], "aa\n"));
  assert.ok(!matches(["a...a"], "a\n"));
  assert.ok(!matches(["a...b...b"], "ab\n"));
  assert.ok(!matches(["...up"], "up again\n"));
  assert.ok(!matches(["a...b"], "a\nb\n"));
  assert.ok(!matches(["a.b"], "axb\n"), "a dot is a dot");
  assert.ok(matches(["10.1.0....,fd00::..."], "10.1.0.7,fd00::7\n"), "of four dots the last three count");
});

test("three dots alone on a line stand for any number of lines, also for none", () => {
  assert.ok(matches(["..."], ""));
  assert.ok(matches(["...", "z"], "a\nb\nz\n"));
  assert.ok(matches(["a", "...", "z"], "a\nz\n"));
  assert.ok(matches(["...", "b", "...", "b", "..."], "a\nb\nb\nb\n"));
  assert.ok(!matches(["a", "...", "z"], "a\nb\nz\ny\n"));
  assert.ok(!matches(["...", "b", "...", "b"], "a\nb\n"));
});

test("many lines of dots are decided quickly", () => {
  const expected = Array.from({ length: 40 }, () => ["...", "a"]).flat();
  assert.ok(!matches([...expected, "b"], "a\n".repeat(400)));
});

test("a comparison shows as little difference as possible, and where they are", () => {
  assert.deepEqual(compareOutput(["a", "b", "...", "d", "e"], "a\nx\nc\nd\nE\nf\n"), [
    { kind: "same", text: "a", at: 0 },
    { kind: "missing", text: "b", at: 1 },
    { kind: "same", text: "x", at: 2 },
    { kind: "same", text: "c", at: 2 },
    { kind: "same", text: "d", at: 3 },
    { kind: "missing", text: "e", at: 4 },
    { kind: "unexpected", text: "E", at: 4 },
    { kind: "unexpected", text: "f", at: 4 },
  ]);
});

test("no output at all misses every line that is expected", () => {
  assert.deepEqual(
    compareOutput(["a", "...", "b"], "").map(({ kind, text }) => `${kind} ${text}`),
    ["missing a", "missing b"],
  );
});
