import { AppError } from "#src/core/errors.ts";

/** Nothing that ends a word or a line. */
const safeWord = /^[\w./:@%+,=-]+$/;

export function isNetlinkWord(text: string): boolean {
  return safeWord.test(text);
}

/** One line of an order to `ovn4nfv-netlink`. Throws `Internal` for a word that would not arrive as one: callers have checked theirs. */
export function netlinkCommand(...words: readonly string[]): string {
  const wrong = words.find((word) => !isNetlinkWord(word));
  if (wrong !== undefined) throw new AppError("Internal", `${JSON.stringify(wrong)} is not a word of an order`);
  return words.join(" ");
}
