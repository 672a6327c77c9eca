import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mustRun, runCommand } from "#tools/process/command.ts";

describe("a command", () => {
  it("returns code and output, and reads its input", async () => {
    const result = await runCommand("sh", ["-c", "cat; echo oops >&2; exit 3"], { input: "hello" });
    assert.deepEqual(result, { code: 3, stdout: "hello", stderr: "oops\n" });
  });

  it("that must succeed is quoted with its error text", async () => {
    await assert.rejects(mustRun("sh", ["-c", "echo oops >&2; exit 3"]), /sh -c .*: exit code 3\noops/);
  });

  it("is killed when its time is over", async () => {
    await assert.rejects(mustRun("sleep", ["60"], { timeoutMs: 50 }), /sleep 60: not done after 50 ms/);
  });

  it("that does not exist is an error that names it", async () => {
    await assert.rejects(mustRun("no-such-program", []), /no-such-program: spawn no-such-program ENOENT/);
  });

  it("does not mind a program that leaves its input unread", async () => {
    assert.equal((await runCommand("true", [], { input: "x".repeat(1_000_000) })).code, 0);
  });
});
