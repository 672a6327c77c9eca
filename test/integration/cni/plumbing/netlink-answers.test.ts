import assert from "node:assert/strict";
import { before, test } from "node:test";
import { join } from "node:path";
import { mustRun, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import { sanitized } from "#test/stacks/cni/shim.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const program = join(createTemporaryFolder("netlink-answers").path, "netlink-answers");
const sources = join(root, "cni/netlink");
const files = [
  join(import.meta.dirname, "netlink-answers.c"),
  ...["netlink.c", "state.c"].map((name) => join(sources, name)),
];

before(async () => {
  const flags = ["-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", ...sanitized.flags];
  await mustRun("cc", [...flags, "-I", sources, "-o", program, ...files]);
});

/** Runs the program on the answers of this name; see netlink-answers.c. */
const meet = (name: string) => runCommand(program, [name], { env: sanitized.env, timeoutMs: 60_000 });

test("a dump that was interrupted is read again, and nothing of it is shown", async () => {
  const { stdout, stderr } = await meet("interrupted once");
  assert.deepEqual([stdout, stderr], ["link net1 - 0 down 0 - - - -\nok\n", ""]);
});

test("a state that never stands still is no state", async () => {
  const { stdout } = await meet("interrupted always");
  assert.equal(stdout, "what was to be read has changed meanwhile\n");
});

test("a message of the kernel with newlines is printed in one line", async () => {
  const { stdout, stderr } = await meet("sentence of two lines");
  assert.deepEqual([stdout, stderr], ["File exists: first\n", ""]);
});

test("an answer that does not fit ends the program", async () => {
  const { code, stdout, stderr } = await meet("cut off");
  assert.deepEqual([code, stdout, stderr], [1, "", "an answer of the kernel has 40000 bytes\n"]);
});

test("what another process sends to the socket is no answer", { skip: whyNotRoot() }, async () => {
  const { stdout } = await meet("forged");
  assert.doesNotMatch(stdout, /forged/);
  assert.match(stdout, /^link lo [^]*\nok\n$/);
});
