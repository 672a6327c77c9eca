import { GuideFault } from "./guide-fault.ts";
import { type PageBlock, pageParts } from "./page-parts.ts";

/** The output that a step must print; each line may hold `...`. */
export interface ExpectedOutput {
  /** The line of the page with the first expected line. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** One block of commands. */
export interface GuideStep {
  /** The line of the page with its first command. */
  readonly line: number;
  readonly lines: readonly string[];
  /** The exit status that it must end with. */
  readonly status: number;
  /** Undefined: whatever it prints is right. */
  readonly expected: ExpectedOutput | undefined;
}

/** A page of docs/guides, ready to be run. */
export interface GuidePage {
  readonly name: string;
  /** Path from the checkout. */
  readonly path: string;
  readonly title: string;
  /** All steps in the order of the page, those of the last section too. */
  readonly steps: readonly GuideStep[];
  /** The steps of the last section, which are also run when an earlier step has failed. */
  readonly cleanUp: readonly GuideStep[];
}

/** Every guide ends with the section of this heading. */
const cleanUpHeading = "Clean up";

/** Reads a page in the dialect that docs/guides/README.md describes. Throws `GuideFault` with the line that is wrong. */
export function parseGuidePage(name: string, path: string, text: string): GuidePage {
  const lines = text.split("\n");
  const title = /^#\s+(.*\S)/.exec(lines[0] ?? "")?.[1];
  if (title === undefined) throw new GuideFault(path, 1, 'the page does not begin with "# " and its title');
  const steps: GuideStep[] = [];
  /** The step that an output block would belong to. */
  let open: GuideStep | undefined;
  let section: { readonly text: string; readonly line: number; readonly from: number } | undefined;
  for (const part of pageParts(path, lines)) {
    if (part.kind === "heading") {
      if (section?.text === cleanUpHeading) {
        throw new GuideFault(path, part.line, `"## ${cleanUpHeading}" must be the last section`);
      }
      open = undefined;
      section = { text: part.text, line: part.line, from: steps.length };
    } else if (part.language === "sh") {
      open = readStep(path, part);
      steps.push(open);
    } else if (part.language === "output") {
      // The step that it belongs to is the last one so far.
      steps[steps.length - 1] = withOutput(path, part, open);
      open = undefined;
    } else {
      refuseWords(path, part);
      open = undefined;
    }
  }
  if (section?.text !== cleanUpHeading) {
    throw new GuideFault(path, lines.length, `the page does not end with a section "## ${cleanUpHeading}"`);
  }
  const cleanUp = steps.slice(section.from);
  if (cleanUp.length === 0) throw new GuideFault(path, section.line, `"## ${cleanUpHeading}" has no block of commands`);
  return { name, path, title, steps, cleanUp };
}

function readStep(path: string, block: PageBlock): GuideStep {
  const [word, ...others] = block.words;
  const status = word === undefined ? 0 : Number(/^exit=([1-9]\d*)$/.exec(word)?.[1] ?? NaN);
  if (!(status <= 255) || others.length > 0) {
    const words = block.words.join(" ");
    throw new GuideFault(path, block.line, `"${words}" is not exit=N, with an exit status from 1 to 255`);
  }
  refuseEmpty(path, block);
  return { line: block.line + 1, lines: block.text, status, expected: undefined };
}

function withOutput(path: string, block: PageBlock, step: GuideStep | undefined): GuideStep {
  refuseWords(path, block);
  refuseEmpty(path, block);
  if (step === undefined)
    throw new GuideFault(path, block.line, "the output belongs to no block of commands before it");
  return { ...step, expected: { line: block.line + 1, lines: block.text } };
}

function refuseWords(path: string, { language, words, line }: PageBlock): void {
  if (words.length > 0) throw new GuideFault(path, line, `nothing may stand behind ${language}: "${words.join(" ")}"`);
}

function refuseEmpty(path: string, { text, line }: PageBlock): void {
  if (text.every((each) => each.trim() === "")) throw new GuideFault(path, line, "the block is empty");
}
