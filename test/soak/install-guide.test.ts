// The guides that begin with an empty cluster, word for word. The others are run by `npm test`.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromEmptyCluster, runFromEmptyCluster } from "#guides/empty-cluster.ts";
import { readGuidePages } from "#guides/guide-pages.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { stderrProgress } from "#tools/process/progress.ts";

describe("from an empty cluster", { skip: whyLabCannotRun() }, () => {
  for (const name of fromEmptyCluster) {
    it(`${name} says what happens`, async ({ signal }) => {
      const page = readGuidePages().find((one) => one.name === name);
      assert.ok(page);
      await runFromEmptyCluster(page, { progress: stderrProgress(), signal });
    });
  }
});
