import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuMs, memoryMiB } from "#test/bench/process-usage.ts";

test("The processor time of a process is about what it says of itself", () => {
  const { user, system } = process.cpuUsage();
  const before = (user + system) / 1000;
  const read = cpuMs(process.pid);
  const after = process.cpuUsage();
  // The kernel has two counters, and cuts each down to 10 ms.
  assert.ok(read > before - 21 && read <= (after.user + after.system) / 1000 + 1, `${read} beside ${before}`);
});

test("The memory of a process is in MiB, and its peak is not below it", () => {
  const { now, peak } = memoryMiB(process.pid);
  assert.ok(now > 10 && now < 10_000 && peak >= now, `${now} of ${peak}`);
});
