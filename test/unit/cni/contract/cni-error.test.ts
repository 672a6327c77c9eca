import assert from "node:assert/strict";
import { test } from "node:test";
import { cniErrorNumber, printError } from "#cni/contract/cni-error.ts";
import { type ErrorCode, errorCodes } from "#src/core/error-codes.ts";
import { AppError } from "#src/core/errors.ts";

const numberOf = (code: ErrorCode) => cniErrorNumber(new AppError(code, "text"));

test("the codes of the specification are used for what it says", () => {
  const expected: Partial<Record<ErrorCode, number>> = {
    CniVersionUnsupported: 1,
    SandboxUnknown: 3,
    CniEnvironmentInvalid: 4,
    CommandFailed: 5,
    CniConfigUndecodable: 6,
    CniConfigInvalid: 7,
    NetnsInvalid: 8,
    KubeApiError: 11,
    DeadlineExceeded: 11,
    NodeNotReady: 50,
    ForgedResult: 100,
    Internal: 999,
  };
  for (const [code, number] of Object.entries(expected)) assert.equal(numberOf(code as ErrorCode), number, code);
});

test("every error code has a number, and what is ours is 100 or more", () => {
  const reserved = new Set([1, 3, 4, 5, 6, 7, 8, 11, 50]);
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    const number = numberOf(code);
    assert.ok(reserved.has(number) || number >= 100, `${code}: ${number.toString()}`);
  }
});

test("an error object has the version, the code, the message and the remedy", () => {
  assert.deepEqual(JSON.parse(printError(new AppError("NetnsInvalid", "no such file"), "0.4.0")), {
    cniVersion: "0.4.0",
    code: 8,
    msg: "no such file",
    details: errorCodes.NetnsInvalid.remedy,
  });
});

test("no text of ours for DEL reads like go-cni's sign of success", () => {
  for (const { meaning, remedy } of Object.values(errorCodes)) assert.doesNotMatch(meaning + remedy, /not found/);
});
