import assert from "node:assert/strict";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { type AppError, isRefusal } from "#src/core/errors.ts";

/** The refusal that `call` ends with; fails when it ends otherwise. */
export function refusalOf(call: () => unknown): AppError<RefusalCode> {
  try {
    call();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error;
  }
  assert.fail("nothing was refused");
}

/** The code, field and reason of the refusal that `call` ends with; fails when it ends otherwise. */
export function refused(call: () => unknown): {
  readonly code: string;
  readonly field: string;
  readonly reason: string;
} {
  const { code, details } = refusalOf(call);
  return { code, field: details.field, reason: details.reason };
}
