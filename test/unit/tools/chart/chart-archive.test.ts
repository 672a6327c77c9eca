import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packChart } from "#tools/chart/chart-archive.ts";
import { mustRun } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

test("a chart is packed under its name, as Helm wants it", async () => {
  using folder = createTemporaryFolder("chart-archive");
  const files = new Map([
    ["Chart.yaml", "name: sample\nversion: 1.2.3\n"],
    ["templates/a.yaml", "kind: A\n"],
  ]);
  const { fileName, bytes } = packChart(files);
  assert.equal(fileName, "sample-1.2.3.tgz");
  writeFileSync(join(folder.path, fileName), bytes);
  const listed = await mustRun("tar", ["tzf", fileName], { cwd: folder.path });
  assert.deepEqual(listed.trim().split("\n"), ["sample/Chart.yaml", "sample/templates/a.yaml"]);
  assert.deepEqual(packChart(files).bytes, bytes);
});
