// A name that the product exports means one thing in the whole project, so that a reader need not ask which one it is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { productFolders, root, sourceFiles } from "#tools/source-files.ts";

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let|enum) (?!\{)(\w+)/gm;
/** These have no name of their own, or hide it from the pattern above. */
const unreadable = /^export (?:default\b|const [{[]|\{[^}]*\}(?! from ")|type \{[^}]*\}(?! from "))/m;

/** The names that a file declares and exports; what it exports of another file counts there. */
function declaredIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(declaration)].map(([, name = ""]) => name));
}

/** Names that several files declare, with those files. */
function duplicates(files: readonly { readonly path: string; readonly text: string }[]): readonly string[] {
  const declared = files.flatMap(({ path, text }) => [...declaredIn(text)].map((name) => ({ name, path })));
  return [...Map.groupBy(declared, ({ name }) => name)]
    .filter(([, places]) => places.length > 1)
    .map(([name, places]) => `${name}: ${places.map(({ path }) => path).join(", ")}`)
    .sort();
}

const files = sourceFiles(productFolders).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

test("a name is exported by one file of the product", () => {
  assert.deepEqual(duplicates(files), []);
});

test("a second declaration of a name is found, and a re-export is none", () => {
  const holder = { path: "a.ts", text: "export interface Holder {}\n" };
  const overloaded = "export function of(a: 1): 1;\nexport function of(a: 2): 2;\nexport const other = 1;\n";
  assert.deepEqual(duplicates([holder, { path: "b.ts", text: overloaded }]), []);
  assert.deepEqual(duplicates([holder, { path: "b.ts", text: 'export { type Holder } from "./a.ts";\n' }]), []);
  for (const text of [
    "export type Holder = string;\n",
    "export abstract class Holder {}\n",
    "export const Holder = 1;\n",
  ])
    assert.deepEqual(duplicates([holder, { path: "b.ts", text }]), ["Holder: a.ts, b.ts"]);
});

test("every export is one that the check can read", () => {
  assert.deepEqual(
    files.filter(({ text }) => unreadable.test(text)).map(({ path }) => path),
    [],
  );
  const names = files.flatMap(({ text }) => [...declaredIn(text)]);
  assert.ok(names.length > 1_000, `${names.length.toString()} names were found`);
});
