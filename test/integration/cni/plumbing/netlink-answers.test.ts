import assert from "node:assert/strict";
import { before, test } from "node:test";
import { join } from "node:path";
import { mustRun, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import { sanitized } from "#test/stacks/cni/shim.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const folder = createTemporaryFolder("netlink-answers").path;
const program = join(folder, "netlink-answers");
const sources = join(root, "cni/netlink");
const files = [
  join(import.meta.dirname, "netlink-answers.c"),
  ...["netlink.c", "state.c"].map((name) => join(sources, name)),
];

async function build(path: string, ...more: readonly string[]): Promise<void> {
  const flags = ["-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", ...sanitized.flags, ...more];
  await mustRun("cc", [...flags, "-I", sources, "-o", path, ...files]);
}

before(() => build(program));

/** Runs the program on the answers of this name; see netlink-answers.c. */
const meet = (name: string, path = program) => runCommand(path, [name], { env: sanitized.env, timeoutMs: 60_000 });

test("a dump that was interrupted is read again, and nothing of it is shown", async () => {
  const { stdout, stderr } = await meet("interrupted once");
  assert.deepEqual([stdout, stderr], ["link net1 - 0 down 0 - - - -\nok\n", ""]);
});

test("a state that never stands still is no state", async () => {
  const { stdout } = await meet("interrupted always");
  assert.equal(stdout, "what was to be read has changed meanwhile\n");
});

test("a state that is longer than the agent has memory for is no state", async () => {
  const small = join(folder, "small");
  await build(small, "-DMAX_STATE=600");
  const { stdout, stderr } = await meet("many links", small);
  assert.deepEqual([stdout, stderr], ["there are more links, addresses and routes than can be read\n", ""]);
  assert.match((await meet("many links")).stdout, /^(link net1 .*\n){30}ok\n$/);
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
