import assert from "node:assert/strict";
import { isRefusal } from "#src/core/errors.ts";

/** The code, field and reason of the refusal that `call` ends with; fails when it ends otherwise. */
export function refused(call: () => unknown): {
  readonly code: string;
  readonly field: string;
  readonly reason: string;
} {
  try {
    call();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { field, reason } = error.details;
    return { code: error.code, field, reason };
  }
  assert.fail("nothing was refused");
}
