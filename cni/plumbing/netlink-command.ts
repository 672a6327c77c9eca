import { AppError } from "#src/core/errors.ts";

/** These characters cannot end a word or a line. */
const safeWord = /^[\w./:@%+,=-]+$/;

export function isNetlinkWord(text: string): boolean {
  return safeWord.test(text);
}

/**
 * One command to `ovn4nfv-netlink`: a line of words. Throws `Internal` for a word that would not arrive as one word, which
 * is a defect because callers have checked their words.
 */
export function netlinkCommand(...words: readonly string[]): string {
  const wrong = words.find((word) => !isNetlinkWord(word));
  if (wrong !== undefined)
    throw new AppError("Internal", `${JSON.stringify(wrong)} is not a word of a netlink command`);
  return words.join(" ");
}
