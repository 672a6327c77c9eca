import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, silentLogger } from "#src/core/logger.ts";

function collect(level: "info" | "debug") {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  return { logger: createLogger(level, { write }), lines };
}

test("a line is JSON with the fields, the message and an ISO time", () => {
  const { logger, lines } = collect("info");
  logger.info({ pod: "web-0" }, "allocated");
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.pod, "web-0");
  assert.equal(lines[0].msg, "allocated");
  assert.match(String(lines[0].time), /^\d{4}-\d{2}-\d{2}T/);
});

test("lines below the level are not written", () => {
  const { logger, lines } = collect("info");
  logger.debug({}, "pass");
  assert.deepEqual(lines, []);
});

test("a child carries its fields into every line", () => {
  const { logger, lines } = collect("debug");
  logger.child({ part: "cleaner" }).warn({}, "will retry");
  assert.equal(lines[0]?.part, "cleaner");
});

test("a level can be a word", () => {
  const lines: string[] = [];
  const logger = createLogger("info", { write: (line) => void lines.push(line) }, { levelFormat: "word" });
  logger.warn({ pod: "web-0" }, "will retry");
  assert.match(lines.join(""), /"level":"warn".*"pod":"web-0"/);
});

test("the silent logger has silent children", () => {
  silentLogger.child({}).error({}, "nothing");
});
