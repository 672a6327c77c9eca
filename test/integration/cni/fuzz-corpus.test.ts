import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyProgramsAreMissing } from "#tools/programs/packages.ts";
import {
  buildFuzzer,
  corpusOf,
  fuzzEnvironment,
  fuzzTargetNames,
  type FuzzTargetName,
} from "#test/stacks/cni/fuzzer.ts";

const skip = whyProgramsAreMissing(["cc"]);

describe("inputs of the fuzzers that are kept", { skip }, () => {
  const folder = createTemporaryFolder("fuzz");
  after(() => {
    folder.remove();
  });

  const replay = async (name: FuzzTargetName, definitions: readonly string[] = []) => {
    const program = await buildFuzzer(name, "replay", folder.path, definitions);
    const files = readdirSync(corpusOf(name)).map((file) => join(corpusOf(name), file));
    assert.ok(files.length >= 3, name);
    return runCommand(program, files, { env: fuzzEnvironment, timeoutMs: 60_000 });
  };

  for (const name of fuzzTargetNames) {
    test(`${name}: none of them leads to a wrong access or an overflow`, async () => {
      const { code, stderr } = await replay(name);
      assert.equal(code, 0, stderr);
    });
  }

  test("a byte that is read behind an input is noticed", async () => {
    assert.equal((await replay("shim-json", ["-DREAD_TOO_FAR"])).code, 99);
  });
});
