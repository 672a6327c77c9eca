import { closestWord } from "#src/core/closest-word.ts";
import { GuideFault } from "./guide-fault.ts";

/** The languages of fenced blocks: what is run, what it must print, and what is only shown. */
const languages = ["sh", "output", "console"] as const;

export type BlockLanguage = (typeof languages)[number];

/** A fenced block of a page. */
export interface PageBlock {
  readonly kind: "block";
  readonly language: BlockLanguage;
  /** The words behind the language. */
  readonly words: readonly string[];
  /** Line of the opening fence; its text begins one line below. */
  readonly line: number;
  readonly text: readonly string[];
}

/** A heading of the second level, which begins a section. */
export interface PageHeading {
  readonly kind: "heading";
  readonly line: number;
  readonly text: string;
}

export type PagePart = PageBlock | PageHeading;

const fence = /^```([^`]*)$/;
/** Fences that Markdown knows and the dialect of the guides does not. */
const otherFence = /^(?:\s*~~~|\s*````|\s+```)/;

/** Takes a page apart into its sections and fenced blocks. Throws `GuideFault`. */
export function pageParts(page: string, lines: readonly string[]): readonly PagePart[] {
  const parts: PagePart[] = [];
  let open: (PageBlock & { readonly text: string[] }) | undefined;
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (open !== undefined) {
      if (/^```\s*$/.test(line)) open = undefined;
      else open.text.push(line);
      continue;
    }
    if (otherFence.test(line)) {
      throw new GuideFault(page, number, "a block begins and ends with ``` at the beginning of a line");
    }
    const info = fence.exec(line)?.[1];
    if (info !== undefined) {
      open = { kind: "block", ...readInfo(page, number, info), line: number, text: [] };
      parts.push(open);
    }
    const heading = /^##\s+(.*\S)/.exec(line)?.[1];
    if (heading !== undefined) parts.push({ kind: "heading", line: number, text: heading });
  }
  if (open !== undefined) throw new GuideFault(page, open.line, "the block that begins here is not closed");
  return parts;
}

function readInfo(page: string, line: number, info: string): Pick<PageBlock, "language" | "words"> {
  const [name = "", ...words] = info.split(/\s+/).filter((word) => word !== "");
  const language = languages.find((known) => known === name);
  if (language !== undefined) return { language, words };
  const near = closestWord(name, languages);
  const meant = near === undefined ? "" : `; did you mean ${near}?`;
  const what = name === "" ? "the block has no language" : `there is no language "${name}"${meant}`;
  throw new GuideFault(page, line, `${what}: write ${languages.join(", ")} behind the fence`);
}
