import assert from "node:assert/strict";
import { test } from "node:test";
import { backgroundLogger } from "#src/commands/background-logger.ts";
import type { Logger } from "#src/core/logger.ts";

test("only errors keep their severity; everything else is for --log-level=debug", () => {
  const lines: string[] = [];
  const note = (level: string) => (_fields: object, message: string) => {
    lines.push(`${level} ${message}`);
  };
  const logger: Logger = {
    debug: note("debug"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
    child: () => logger,
  };
  const quiet = backgroundLogger(logger).child({});
  for (const level of ["debug", "info", "warn", "error"] as const) quiet[level]({}, level);
  assert.deepEqual(lines, ["debug debug", "debug info", "debug warn", "error error"]);
});
