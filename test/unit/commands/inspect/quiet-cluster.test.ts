import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuietly } from "#src/commands/inspect/quiet-cluster.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const call = { deadlineMs: 10_000 };
const contextOf = (kubeconfig: string | undefined) => {
  const parts = { clock: new ManualClock(), logger: silentLogger, signal: new AbortController().signal };
  return { ...parts, env: {}, config: { kubeconfig } };
};
const work = (): Promise<string> => Promise.reject(new Error("asked"));

test("nothing is read where there is to be no cluster", async () => {
  assert.equal(await readQuietly(contextOf("none"), "test", call, work), undefined);
});

test("a file that the user named must be right", async () => {
  await assert.rejects(readQuietly(contextOf("no-such-file"), "test", call, work), /no-such-file/);
});
