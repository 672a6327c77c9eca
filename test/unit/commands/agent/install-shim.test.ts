import assert from "node:assert/strict";
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

describe("install-shim", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "install-shim-"));
    await writeFile(join(folder, "shim"), "new");
  });
  after(() => rm(folder, { recursive: true }));

  const install = (shim: string, names: string, inherited = "") =>
    runCommandLine([
      ...["install-shim", "--log-level", "error"],
      ...["--shim-file", join(folder, shim), "--plugin-folder", folder, "--plugin-names", names],
      ...["--inherited-plugin-names", inherited],
    ]);

  test("installs the shim under each name, executable, and leaves nothing else", async () => {
    const before = await readdir(folder);
    assert.equal((await install("shim", "a-cni,b-cni")).status, 0);
    assert.deepEqual((await readdir(folder)).sort(), ["a-cni", "b-cni", ...before].sort());
    assert.equal((await stat(join(folder, "b-cni"))).mode & 0o777, 0o755);
  });

  test("replaces a shim that is running as a whole: who has the old file open keeps it", async () => {
    await writeFile(join(folder, "c-cni"), "old");
    const running = await open(join(folder, "c-cni"));
    assert.equal((await install("shim", "c-cni")).status, 0);
    assert.equal(await running.readFile("utf8"), "old");
    await running.close();
    assert.equal(await readFile(join(folder, "c-cni"), "utf8"), "new");
  });

  test("names both paths when it cannot, and leaves the old shim", async () => {
    await writeFile(join(folder, "d-cni"), "old");
    const { status, stderr } = await install("missing", "d-cni");
    assert.equal(status, 2);
    assert.match(stderr, /missing cannot be installed as .*d-cni/);
    assert.equal(await readFile(join(folder, "d-cni"), "utf8"), "old");
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith(".")),
      [],
    );
  });

  test("takes a name of Nodus when it is free or ours, and leaves it to Nodus otherwise", async () => {
    await writeFile(join(folder, "earlier"), "another build that looks for /run/ovn4nfv/cni.sock");
    await writeFile(join(folder, "nodus"), "ELF of another plugin");
    assert.equal((await install("shim", "e-cni", "free,earlier,nodus")).status, 0);
    const content = async (name: string) => readFile(join(folder, name), "utf8");
    assert.deepEqual(
      [await content("free"), await content("earlier"), await content("nodus")],
      ["new", "new", "ELF of another plugin"],
    );
  });
});
