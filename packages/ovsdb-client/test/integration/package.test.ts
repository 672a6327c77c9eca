// The package as its users get it: packed as for publishing, installed into an empty project, used as the README says.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type OvsdbServer, startOvsdbServer } from "../../../../lab/ovn/ovsdb-server.ts";
import { mustRun, runCommand } from "../../../../tools/process/command.ts";
import { ManagedProcess } from "../../../../tools/process/process.ts";
import { untilLine } from "../../../../tools/process/readiness.ts";
import { createTemporaryFolder, type TemporaryFolder } from "../../../../tools/process/temporary-folder.ts";

const packageFolder = join(import.meta.dirname, "../..");
const checkout = join(packageFolder, "../..");
const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text = ""]) => ({
  language,
  text,
}));
const programs = blocks.filter(({ language }) => language === "ts").map(({ text }) => text);
const [example = ""] = programs;
const readmeEndpoint = '"unix:/run/ovn/ovnnb_db.sock"';

/** The environment of a user: Node is not told of the sources in this checkout. */
const env = { ...process.env, NODE_OPTIONS: "" };

describe("the tarball of the package", { timeout: 600_000 }, () => {
  let folder: TemporaryFolder;
  let project: string;
  let server: OvsdbServer;
  const node = (args: readonly string[]): Promise<string> => mustRun(process.execPath, args, { cwd: project, env });

  before(async () => {
    folder = createTemporaryFolder("package");
    project = join(folder.path, "project");
    const [tarball] = await Promise.all([pack(folder.path), startOvsdbServer().then((started) => (server = started))]);
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
    const quiet = ["--offline", "--no-audit", "--no-fund", "--cache", join(folder.path, "cache")];
    await mustRun("npm", ["install", ...quiet, tarball], { cwd: project, env, timeoutMs: 120_000 });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    folder.remove();
  });

  it("has the build, the documents and the manifest, and needs no other package", () => {
    const installed = join(project, "node_modules/ovsdb-client");
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => join(parentPath, name).slice(installed.length + 1));
    const others = files.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path));
    assert.deepEqual(others.sort(), ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    assert.ok(files.includes("dist/ovsdb-client.js") && files.includes("dist/ovsdb-client.d.ts"));
    const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { exports: object };
    const named = [...JSON.stringify(exports).matchAll(/"\.\/([^"]+)"/g)].map(([, path = ""]) => path);
    assert.deepEqual(named.sort(), ["dist/ovsdb-client.d.ts", "dist/ovsdb-client.js"]);
    const foreign = files
      .filter((path) => path.startsWith("dist/"))
      .flatMap((path) => [...readFileSync(join(installed, path), "utf8").matchAll(/ from "([^"]+)"/g)])
      .filter(([, target = ""]) => !target.startsWith("node:") && !target.startsWith("."));
    assert.deepEqual(foreign, []);
    assert.deepEqual(
      readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")),
      ["ovsdb-client"],
    );
  });

  it("runs the example of the README, which prints what the README shows", async () => {
    assert.equal(example.split(readmeEndpoint).length, 2);
    writeFileSync(join(project, "example.ts"), example.replace(readmeEndpoint, JSON.stringify(server.endpoint)));
    const shown = blocks[blocks.findIndex(({ text }) => text === example) + 1];
    assert.equal(await node(["example.ts"]), shown?.text);
  });

  it("has types with which every program of the README compiles, and a wrong one does not", async () => {
    const [first = "", ...others] = programs;
    assert.ok(others.length >= 3);
    for (const [n, text] of others.entries()) writeFileSync(join(project, `program-${String(n)}.ts`), first + text);
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          target: "es2024",
          module: "nodenext",
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          types: ["node"],
          typeRoots: [join(checkout, "node_modules/@types")],
        },
        include: ["*.ts"],
      }),
    );
    const tsc = [join(checkout, "node_modules/typescript/bin/tsc"), "-p", "."];
    const { stdout, code } = await runCommand(process.execPath, tsc, { cwd: project, env, timeoutMs: 240_000 });
    assert.deepEqual([stdout, code], ["", 0]);
    writeFileSync(join(project, "wrong.ts"), `${first}\nawait session.transact([insert(port, { name: 7 })]);\n`);
    const wrong = await runCommand(process.execPath, tsc, { cwd: project, env, timeoutMs: 240_000 });
    assert.match(wrong.stdout, /^wrong\.ts\(\d+,\d+\): error TS2322: .*'number'.*'string'/m);
  });

  it("runs the examples of the package", async () => {
    cpSync(join(packageFolder, "examples"), join(project, "examples"), { recursive: true });
    const { endpoint } = server;
    await using watch = await ManagedProcess.start({
      name: "watch-ports",
      command: process.execPath,
      args: ["examples/watch-ports.ts", endpoint],
      cwd: project,
      env,
      logFile: join(folder.path, "watch.log"),
      ready: untilLine(/^# in sync with unix:.* \(full\)$/m),
    });
    // The example of the README has made the switch and the port.
    assert.match(await node(["examples/list-switches.ts", endpoint]), /^blue: 1 ports$/m);
    const address = "0a:00:00:00:00:06 10.0.0.6";
    const reserved = await node(["examples/reserve-address.ts", endpoint, "web", address]);
    assert.ok(reserved.startsWith("web has ") && reserved.includes(address), reserved);
    await untilLine(/^~ web .*10\.0\.0\.6/m)({ logFile: watch.spec.logFile, logStart: 0 }, AbortSignal.timeout(60_000));
  });
});

/** Packs a copy of the package, so that no build ever lies in the checkout; resolves to the tarball. */
async function pack(into: string): Promise<string> {
  const copy = join(into, "checkout/packages/ovsdb-client");
  const skipped = ["dist", "node_modules", "test"].map((name) => join(packageFolder, name));
  cpSync(packageFolder, copy, { recursive: true, filter: (path) => !skipped.includes(path) });
  cpSync(join(checkout, "tsconfig.json"), join(into, "checkout/tsconfig.json"));
  symlinkSync(join(checkout, "node_modules"), join(into, "checkout/node_modules"));
  await mustRun("npm", ["pack", "--pack-destination", into], { cwd: copy, env, timeoutMs: 120_000 });
  const [tarball = ""] = readdirSync(into).filter((name) => name.endsWith(".tgz"));
  assert.match(tarball, /^ovsdb-client-\d+\.\d+\.\d+\.tgz$/);
  assert.ok(!readdirSync(copy).includes("dist"), "the build was left behind");
  const manifest = (folder: string): string => readFileSync(join(folder, "package.json"), "utf8");
  assert.equal(manifest(copy), manifest(packageFolder), "the manifest was left as it was packed");
  return join(into, tarball);
}
