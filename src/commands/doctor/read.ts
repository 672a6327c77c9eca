import { fromUnknown } from "#src/core/errors.ts";
import type { Read } from "./finding.ts";

/** Turns what a reader throws into a reason: one thing that cannot be read hides nothing else. */
export async function read<T>(reader: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await reader() };
  } catch (caught) {
    return { why: fromUnknown(caught).message };
  }
}
