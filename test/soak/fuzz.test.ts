// Searches for inputs that break the parsers of the programs in C. test/fuzz/README.md says where they are kept.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { buildFuzzer, corpusOf, fuzzEnvironment, fuzzTargetNames } from "#test/stacks/cni/fuzzer.ts";

const seconds = 120;
const skip = whyProgramsAreMissing(["clang-14"]);

before(async () => {
  if (skip === false) await ensurePrograms(["clang-14"]);
});

for (const name of fuzzTargetNames) {
  test(`${name} withstands any bytes for ${seconds.toString()} s`, { skip }, async (t) => {
    using folder = createTemporaryFolder("fuzz");
    const program = await buildFuzzer(name, "search", folder.path);
    const found = join(folder.path, "found");
    mkdirSync(found);
    const options = [`-max_total_time=${seconds.toString()}`, "-print_final_stats=1", "-rss_limit_mb=2048"];
    const { code, stderr } = await runCommand(program, [...options, found, corpusOf(name)], {
      env: fuzzEnvironment,
      cwd: folder.path,
      timeoutMs: (seconds + 60) * 1_000,
    });
    // libFuzzer prints the input that failed in Base64.
    assert.equal(code, 0, stderr.slice(-4_000));
    t.diagnostic(/number_of_executed_units: \d+/.exec(stderr)?.[0] ?? "");
  });
}
