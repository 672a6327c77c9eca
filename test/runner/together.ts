// The process of several test files: `node together.ts FILE...` defines the tests of all of them. Before those of a file stands
// one of its name, because tests may be written elsewhere, in what files share.
import { resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

for (const file of process.argv.slice(2)) {
  test(file, () => {});
  await import(pathToFileURL(resolve(file)).href);
}
