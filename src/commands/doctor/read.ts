import { fromUnknown } from "#src/core/errors.ts";
import { missingRight } from "../missing-right.ts";

/** The reason why something could not be read. */
export interface Unread {
  readonly why: string;
  /** The way to read it; undefined for the usual advice. */
  readonly cure?: string;
}

/** A value that was read, or the reason why it could not be read. */
export type Read<T> = { readonly value: T } | Unread;

/** Turns an error of the reader into a reason, so that one thing that cannot be read hides nothing else. */
export async function read<T>(reader: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await reader() };
  } catch (caught) {
    const right = missingRight(caught);
    if (right !== undefined) return { why: `${right}: run it with your kubeconfig`, cure: "" };
    return { why: fromUnknown(caught).message };
  }
}

/** Waits for reads that have been started, and gives the answer of each under its name. Rejects when one of them does. */
export async function readAll<Answers extends object>(
  reads: {
    readonly [Name in keyof Answers]: Promise<Answers[Name]>;
  },
): Promise<Answers> {
  const entries: readonly (readonly [string, Promise<unknown>])[] = Object.entries(reads);
  const answers = await Promise.all(entries.map(async ([name, answer]) => [name, await answer] as const));
  return Object.fromEntries(answers) as Answers;
}
