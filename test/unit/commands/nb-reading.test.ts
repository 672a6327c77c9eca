import assert from "node:assert/strict";
import { test } from "node:test";
import { NbReading } from "#src/commands/nb-reading.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";

const options = { nb: { endpoints: ["unix:/nowhere/nb.sock"] }, clock: systemClock, logger: silentLogger };

test("opening gives up at the deadline with the last failure, or when the caller does", async () => {
  const deadlineMs = systemClock.monotonicMs() + 3_000;
  await assert.rejects(NbReading.open(options, { deadlineMs }), { code: "NotConnected", message: /nb\.sock/ });
  await assert.rejects(NbReading.open(options, { signal: AbortSignal.abort() }), { code: "Aborted" });
});
