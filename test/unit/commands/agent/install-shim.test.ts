import assert from "node:assert/strict";
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { printVersions } from "#cni/contract/commands.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

/** It answers as a shim does, and is no ELF. */
const shim = `#!/bin/sh\n[ "$CNI_COMMAND" = VERSION ] && echo '${printVersions().trim()}'\n`;

describe("install-shim", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "install-shim-"));
    await writeShim("shim", shim);
  });
  const writeShim = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o755 });
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
    assert.equal(await readFile(join(folder, "c-cni"), "utf8"), shim);
  });

  test("names both paths when it cannot, and leaves the old shim", async () => {
    await writeFile(join(folder, "d-cni"), "old");
    const { status, stderr } = await install("shim", "absent/d-cni");
    assert.equal(status, 2);
    assert.match(stderr, /shim cannot be installed as .*absent\/d-cni/);
    assert.equal(await readFile(join(folder, "d-cni"), "utf8"), "old");
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith(".")),
      [],
    );
  });

  for (const [what, text, why] of [
    ["cannot be run", "no program", /does not run/],
    ["fails", "#!/bin/sh\nexit 1\n", /does not run/],
    ["is of another release", "#!/bin/sh\necho '{}'\n", /does not answer VERSION/],
  ] as const) {
    test(`leaves the old shim when the new one ${what}`, async () => {
      await writeFile(join(folder, "f-cni"), "old");
      await writeShim("broken", text);
      const { status, stderr } = await install("broken", "f-cni");
      assert.equal(status, 2);
      assert.match(stderr, why);
      assert.equal(await readFile(join(folder, "f-cni"), "utf8"), "old");
    });
  }

  test("takes a name of Nodus when it is free or ours, and leaves it to Nodus otherwise", async () => {
    await writeFile(join(folder, "earlier"), "another build that looks for /run/ovn4nfv/cni.sock");
    await writeFile(join(folder, "nodus"), "ELF of another plugin");
    assert.equal((await install("shim", "e-cni", "free,earlier,nodus")).status, 0);
    const content = async (name: string) => readFile(join(folder, name), "utf8");
    assert.deepEqual(
      [await content("free"), await content("earlier"), await content("nodus")],
      [shim, shim, "ELF of another plugin"],
    );
  });
});
