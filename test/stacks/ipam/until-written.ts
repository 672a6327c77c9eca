import { hasCode } from "#src/core/errors.ts";

/** Does something again for as long as rows that it has read change before it writes, as the queue of the controller does. */
export async function untilWritten<R>(write: () => Promise<R>): Promise<R> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!hasCode(error, "RowsChanged")) throw error;
    }
  }
}
