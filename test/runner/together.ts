// The process of test files that share something: `node together.ts FILE...` defines the tests of all of them.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
