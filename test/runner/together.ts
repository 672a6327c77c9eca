// The process of several test files: `node together.ts FILE...` defines the tests of all of them. Before those of a file stands
// one of its name, because tests may be written elsewhere, in what files share.
import { resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

// A timer that holds no process would otherwise end this one, when a test waits for nothing else, and fail all tests behind it.
const alive = setInterval(() => {}, 60_000);

for (const file of process.argv.slice(2)) {
  test(file, () => {});
  await import(pathToFileURL(resolve(file)).href);
}

// Tests run in the order in which they are defined.
test("the end", () => {
  clearInterval(alive);
});
