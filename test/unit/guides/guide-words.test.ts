import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuidePage } from "#guides/guide-page.ts";
import { guideUsage, listGuides, readGuideWords } from "#guides/guide-words.ts";

const page = (name: string, title: string): GuidePage => ({ name, title, path: "", steps: [], cleanUp: [] });
const pages = [page("first-pod", "A pod"), page("shared-switch", "A switch")];
const read = (...words: readonly string[]) => readGuideWords(words, pages);

test("without a name the guides are listed with their titles", () => {
  assert.deepEqual(read(), { kind: "list" });
  assert.equal(listGuides(pages), "  first-pod       A pod\n  shared-switch   A switch");
});

test("names choose guides, in their order, and flags are understood before and behind them", () => {
  assert.deepEqual(read("shared-switch", "first-pod"), { kind: "run", pages: [...pages].reverse(), keep: false });
  assert.deepEqual(read("--keep", "first-pod"), { kind: "run", pages: pages.slice(0, 1), keep: true });
  assert.deepEqual(read("--all"), { kind: "run", pages, keep: false });
  assert.deepEqual(read("first-pod", "--help"), { kind: "help" });
  for (const flag of ["--keep", "--all"]) assert.ok(guideUsage.includes(flag));
});

test("an unknown guide or flag is answered with the nearest one, or with all", () => {
  assert.deepEqual(read("frist-pod"), {
    kind: "wrong",
    message: 'there is no guide "frist-pod"; did you mean first-pod?',
  });
  assert.deepEqual(read("x"), { kind: "wrong", message: 'there is no guide "x"; there are first-pod, shared-switch' });
  assert.deepEqual(read("--kep"), { kind: "wrong", message: 'there is no flag "--kep"; did you mean --keep?' });
});
