import { fromUnknown } from "#src/core/errors.ts";

/** A value that was read, or the reason why it could not be read. */
export type Read<T> = { readonly value: T } | { readonly why: string };

/** Turns an error of the reader into a reason, so that one thing that cannot be read hides nothing else. */
export async function read<T>(reader: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await reader() };
  } catch (caught) {
    return { why: fromUnknown(caught).message };
  }
}
