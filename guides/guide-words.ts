import { closestWord } from "#src/core/closest-word.ts";
import type { GuidePage } from "./guide-page.ts";

/** The wishes of a command line of `npm run guide`. */
export type GuideWords =
  | { readonly kind: "list" }
  | { readonly kind: "help" }
  | { readonly kind: "run"; readonly pages: readonly GuidePage[]; readonly keep: boolean }
  | { readonly kind: "wrong"; readonly message: string };

const flags = ["--help", "--keep", "--all"] as const;

/** Reads the words behind `npm run guide --`. */
export function readGuideWords(words: readonly string[], pages: readonly GuidePage[]): GuideWords {
  const unknownFlag = words.find((word) => word.startsWith("-") && !flags.some((flag) => flag === word));
  if (unknownFlag !== undefined) return wrong("flag", unknownFlag, flags);
  if (words.includes("--help")) return { kind: "help" };
  const keep = words.includes("--keep");
  if (words.includes("--all")) return { kind: "run", pages, keep };
  const chosen: GuidePage[] = [];
  for (const word of words.filter((each) => !each.startsWith("-"))) {
    const page = pages.find(({ name }) => name === word);
    if (page === undefined)
      return wrong(
        "guide",
        word,
        pages.map(({ name }) => name),
      );
    chosen.push(page);
  }
  return chosen.length === 0 ? { kind: "list" } : { kind: "run", pages: chosen, keep };
}

function wrong(kind: string, word: string, known: readonly string[]): GuideWords {
  // A third of the letters may be wrong: names of guides are long.
  const near = closestWord(word, known, Math.max(2, Math.floor(word.length / 3)));
  const meant = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  return { kind: "wrong", message: `there is no ${kind} "${word}"; ${meant}` };
}

/** The text that `npm run guide` prints without a name. */
export function listGuides(pages: readonly GuidePage[]): string {
  const width = Math.max(...pages.map(({ name }) => name.length));
  return pages.map(({ name, title }) => `  ${name.padEnd(width)}   ${title}`).join("\n");
}

export const guideUsage = `npm run guide                      lists the guides
npm run guide -- NAME... [--keep]  runs the commands of these pages of docs/guides in the lab, word for word
npm run guide -- --all             runs all of them in one lab

A lab that \`npm run lab\` has brought up is used and left up; else there is one for this run. A guide that begins with an empty
cluster has a lab of its own, which is not kept.
--keep leaves the lab up, and after a failure everything in it; \`npm run lab -- shell\` looks around in it.`;
