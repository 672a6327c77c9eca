import assert from "node:assert/strict";
import { test } from "node:test";
import { everyChosen, printVariants, variantsOf } from "#tools/chart/variants.ts";

const textsBy = (text: (first: boolean, second: boolean) => string | undefined) =>
  everyChosen(2).map((chosen) => text((chosen & 1) !== 0, (chosen & 2) !== 0));
const conditions = ["A", "B"];
const printed = (texts: readonly (string | undefined)[]) => printVariants(variantsOf(texts), conditions);

test("an object that no choice changes has no condition", () => {
  assert.equal(printed(textsBy(() => "x\n")), "x\n");
});

test("only the choices that change an object are asked for", () => {
  assert.equal(
    printed(textsBy((first) => (first ? "a\n" : "b\n"))),
    "{{- if (not (A)) }}\nb\n{{- end }}\n{{- if (A) }}\na\n{{- end }}\n",
  );
});

test("an object that a choice brings stands under it alone", () => {
  assert.equal(printed(textsBy((_, second) => (second ? "x\n" : undefined))), "{{- if (B) }}\nx\n{{- end }}\n");
});

test("two choices that change one object give four texts", () => {
  const text = printed(textsBy((first, second) => `${first} ${second}\n`));
  assert.equal(text.match(/\{\{- if and /g)?.length, 4);
  assert.match(text, /\{\{- if and \(A\) \(not \(B\)\) \}\}\ntrue false\n/);
});
