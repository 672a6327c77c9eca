// The command `ovn4nfv` as npm puts it on the PATH: from a checkout, and from the package that `npm pack` makes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { mustRun } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";

test("in a checkout the command runs the sources, with files from the folder of the user", async () => {
  const args = [join(root, "tools/ovn4nfv.mjs"), "version", "-o", "json"];
  const said = await mustRun(process.execPath, args, { cwd: "/" });
  assert.match(said, /"ovn4nfv": "\d+\.\d+\.\d+"/);
});

test("in a checkout the command ends the program that it started when it gets SIGTERM", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const args = ["networks", `--nb=tcp:127.0.0.1:${port}`, "--timeout=2m"];
  const command = spawn(process.execPath, [join(root, "tools/ovn4nfv.mjs"), ...args], { stdio: "ignore" });
  const signal = AbortSignal.timeout(60_000);
  try {
    const [socket] = (await once(server, "connection", { signal })) as [Socket];
    const ended = once(socket.resume(), "close", { signal });
    command.kill("SIGTERM");
    await Promise.all([ended, once(command, "exit", { signal })]);
  } finally {
    command.kill("SIGKILL");
    server.close();
  }
});

test("the package has the bundle and the plugin of kubectl, and its command runs without anything else", async () => {
  using folder = createTemporaryFolder("pack");
  await mustRun("npm", ["pack", "--silent", "--pack-destination", folder.path], { cwd: root, timeoutMs: 120_000 });
  await mustRun("sh", ["-c", "tar -xzf ovn4nfv-*.tgz"], { cwd: folder.path });
  const packed = join(folder.path, "package");
  const said = await mustRun(process.execPath, [join(packed, "tools/ovn4nfv.mjs"), "version", "-o", "json"], {
    cwd: "/",
    env: { PATH: process.env["PATH"] },
  });
  assert.match(said, /"ovn4nfv": "\d+\.\d+\.\d+"/);
  await mustRun("test", ["-x", join(packed, "deploy/plugin/kubectl-ovn4nfv")]);
  for (const file of ["index.html", "page.js", "layout.js", "style.css"]) {
    await mustRun("test", ["-s", join(packed, "dist/product/page", file)]);
  }
  const files = await mustRun("find", [packed, "-name", "*.ts"]);
  assert.equal(files, "");
});
