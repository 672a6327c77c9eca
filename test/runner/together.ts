// The process of several test files: `node together.ts FILE...` defines the tests of all of them. Before those of a file stands
// one of its name, because tests may be written elsewhere, in what files share.
import { resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

// A timer that holds no process would otherwise end this one, when a test waits for nothing else, and fail all tests behind it.
const alive = setInterval(() => {}, 60_000);

// Tests run in the order in which they are defined. node:test takes a moment in which none is left for the end of all of them, and
// then runs what is to come after them. So the first one lasts until all files are read.
const read = Promise.withResolvers<undefined>();
test("the beginning", () => read.promise);

for (const file of process.argv.slice(2)) {
  test(file, () => {});
  await import(pathToFileURL(resolve(file)).href);
}

test("the end", () => {
  clearInterval(alive);
});
read.resolve(undefined);
