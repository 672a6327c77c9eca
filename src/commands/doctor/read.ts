import { fromUnknown } from "#src/core/errors.ts";

/** What was read, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly why: string };

/** Turns what a reader throws into a reason: one thing that cannot be read hides nothing else. */
export async function read<T>(reader: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await reader() };
  } catch (caught) {
    return { why: fromUnknown(caught).message };
  }
}
