import assert from "node:assert/strict";
import { test } from "node:test";
import { quoteFailedLine, runProgram } from "#cni/plumbing/run-ip.ts";
import { AppError } from "#src/core/errors.ts";

const { signal } = new AbortController();

test("the line that failed is quoted", () => {
  const error = new AppError("CommandFailed", "ip -batch: RTNETLINK answers: File exists; Command failed -:2");
  const quoted = quoteFailedLine(error, ["link set a up", "addr add 10.0.0.1/8 dev a"]) as AppError;
  assert.equal(quoted.message, `${error.message} (addr add 10.0.0.1/8 dev a)`);
  assert.equal(quoted.code, "CommandFailed");
});

test("an error that tells no line stays as it is", () => {
  const error = new AppError("CommandFailed", "nsenter: no such file");
  assert.equal(quoteFailedLine(error, ["link set a up"]), error);
});

test("input arrives and output comes back", async () => {
  assert.equal(await runProgram(["cat"], "a\nb\n", { signal }), "a\nb\n");
});

test("a failing program is quoted", async () => {
  const run = runProgram(["sh", "-c", "echo no way >&2; exit 3"], "", { signal });
  await assert.rejects(run, { code: "CommandFailed", message: "sh -c: no way" });
});

test("a program that is not there is a failure with its name", async () => {
  await assert.rejects(runProgram(["no-such-program"], "", { signal }), {
    code: "CommandFailed",
    message: /no-such-program/,
  });
});

test("an abort kills the program and is told as one", async () => {
  const controller = new AbortController();
  const run = runProgram(["cat"], "", { signal: controller.signal });
  controller.abort();
  await assert.rejects(run, { code: "Aborted" });
});
