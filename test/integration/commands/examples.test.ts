// Runs the examples that people read: those of --help, and those in the fenced blocks of documents.
import assert from "node:assert/strict";
import { chmodSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { commandTable } from "#src/commands/command-table.ts";
import { runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";
import { productFile } from "#tools/build/product-file.ts";

const subject = /^(?:\$ )?(ovn4nfv (?:admit|networks|addresses)\b[^#\n]*)/gm;

function examples(): readonly string[] {
  const { admit, networks, addresses } = commandTable;
  const ofHelp = [admit, networks, addresses].flatMap((entry) => entry?.examples ?? []);
  const ofDocuments = globSync(["*.md", "docs/*.md"], { cwd: root }).flatMap((document) => {
    const blocks = readFileSync(join(root, document), "utf8").match(/^```[\s\S]*?^```/gm) ?? [];
    return blocks.flatMap((block) => [...block.matchAll(subject)].map(([, line = ""]) => line.trim()));
  });
  return [...new Set([...ofHelp, ...ofDocuments])];
}

test("each example of admit, networks and addresses does what it shows", async (t) => {
  const nb = await northboundWithSamples(t);
  using folder = createTemporaryFolder("examples");
  const program = join(folder.path, "ovn4nfv");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${productFile}" "$@"\n`);
  chmodSync(program, 0o755);
  const env = { ...process.env, PATH: `${folder.path}:${process.env["PATH"] ?? ""}`, OVN4NFV_NB: nb };
  const lines = examples();
  assert.ok(lines.length >= 7, lines.join("\n"));
  for (const line of lines) {
    // The endpoint of an example does not exist here. The endpoint of the test is in the environment.
    const command = line.replace(/ --nb \S+/, "");
    const { code, stdout, stderr } = await runCommand("sh", ["-c", command], { env, cwd: root });
    assert.equal(code, 0, `${line}\n${stderr}`);
    assert.ok(stdout.length > 0, line);
  }
});
