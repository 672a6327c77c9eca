import { AppError } from "#src/core/errors.ts";

/** Nothing that `ip -batch` reads as a space, quote, comment or escape. */
const safeWord = /^[\w./:@%+,=-]+$/;

/** One line for `ip -batch`. Throws `Internal` for a word that would not arrive as one: callers have checked theirs. */
export function batchLine(...words: readonly string[]): string {
  const wrong = words.find((word) => !safeWord.test(word));
  if (wrong !== undefined) throw new AppError("Internal", `${JSON.stringify(wrong)} is not a word for ip -batch`);
  return words.join(" ");
}
