import assert from "node:assert/strict";
import { test } from "node:test";
import { type OvsdbClientOptions, withDefaults } from "../../../src/client/client-options.ts";

const own = { endpoints: ["unix:/a"], database: "D", tables: [] };

test("options that are left out have their defaults, and logging is off", () => {
  const { leader, leaderWaitMs, monitorMethods, logger, tls } = withDefaults(own);
  assert.deepEqual([leader, leaderWaitMs, monitorMethods[0], tls], ["prefer", 2_000, "monitor_cond_since", undefined]);
  logger.warn({}, "nobody reads this");
});

test("options that are given stay, and an undefined one counts as left out", () => {
  const untyped = { ...own, leader: "any", probeIntervalMs: 0, maxFrameBytes: undefined } as object;
  const settings = withDefaults(untyped as OvsdbClientOptions);
  assert.deepEqual([settings.leader, settings.probeIntervalMs, settings.maxFrameBytes], ["any", 0, 64 << 20]);
});
