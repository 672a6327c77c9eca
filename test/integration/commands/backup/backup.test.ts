import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { backup } from "#src/commands/backup/backup.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { readBackup } from "#src/ovsdb/backup/backup-file.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

it("writes a whole backup, and removes the oldest one", async (t) => {
  assert.equal(await commandTable.backup?.load(), backup);
  const nb = await northboundWithSamples(t);
  using folder = createTemporaryFolder("backups");
  const old = ["ovn-nb-20200101T000000Z.db", "ovn-nb-20200102T000000Z.db"];
  for (const name of old) writeFileSync(join(folder.path, name), "");
  const { status, stdout, stderr } = await runCommandLine([
    ...["backup", "--nb", nb, "--keep", "2", "-o", "json"],
    folder.path,
  ]);
  assert.equal(status, 0, stderr);
  const [made] = JSON.parse(stdout) as readonly { file: string; rows: number; removed: readonly string[] }[];
  assert.deepEqual(made?.removed, [old[0]]);
  const { tables } = readBackup(await readFile(made.file), made.file);
  assert.ok([...(tables.get("Logical_Switch")?.values() ?? [])].some(({ name }) => name === "blue"));
  assert.equal(
    [...tables.values()].reduce((sum, { size }) => sum + size, 0),
    made.rows,
  );
  assert.equal(readdirSync(folder.path).length, 2);
});

it("keeps the older backups, and says what went wrong, when the database cannot be read", async () => {
  using folder = createTemporaryFolder("backups");
  writeFileSync(join(folder.path, "ovn-nb-20200101T000000Z.db"), "");
  const nb = `unix:${join(folder.path, "none")}`;
  const run = await runCommandLine([...["backup", "--nb", nb, "--keep", "1", "--timeout", "1s"], folder.path]);
  assert.equal(run.status, 1);
  assert.match(run.stderr, /^ovn4nfv: no session with the database: cannot connect/);
  assert.deepEqual(readdirSync(folder.path), ["ovn-nb-20200101T000000Z.db"]);
});
