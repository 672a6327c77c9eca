// Checks the types of what Node runs, and of the page, which a browser runs and which alone may know the DOM. TypeScript 7 is a
// program of its own and takes a tenth of the time of TypeScript 6, which ESLint still needs.
import { join } from "node:path";
import { runChild } from "./child.ts";
import { root } from "../source-files.ts";

const compiler = join(root, "node_modules/typescript-7/bin/tsc");
const projects = [".", "page"] as const;

const runs = projects.map((project) => {
  const info = `node_modules/.cache/tsc${project === "." ? "" : `-${project}`}.tsbuildinfo`;
  return runChild(
    process.execPath,
    [compiler, "-p", project, "--listFiles", "--incremental", "--tsBuildInfoFile", info],
    root,
  );
});
const results = await Promise.all(runs);
const lines = results.flatMap(({ output }) => output.split("\n"));
// A source that both projects have counts once.
const ours = new Set(lines.filter((line) => /^(?!.*\/node_modules\/)\/.*\.tsx?$/.test(line)));
console.log(lines.filter((line) => !line.startsWith("/")).join("\n"));
console.log(`tsc saw ${String(ours.size)} files`);
process.exit(results.every(({ code }) => code === 0) ? 0 : 1);
