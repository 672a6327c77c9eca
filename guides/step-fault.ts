import type { GuidePage, GuideStep } from "./guide-page.ts";
import { GuideFault } from "./guide-fault.ts";
import type { StepOutcome } from "./guide-shell.ts";
import { compareOutput, isSame } from "./output-difference.ts";

/** The most lines of output that a fault shows. */
const shownLines = 40;

const signs = { same: "  ", missing: "- ", unexpected: "+ " } as const;

/** Says what differs from the page when a step has ended so; undefined when nothing does. */
export function stepFault(
  { path }: Pick<GuidePage, "path">,
  step: GuideStep,
  outcome: StepOutcome,
  limitMs: number,
): GuideFault | undefined {
  const { kind, status, line, output } = outcome;
  if (kind === "stopped") return new GuideFault(path, line, "interrupted; what the guide has made is still there");
  if (kind === "late") {
    return new GuideFault(path, line, `the command was not done after ${limitMs / 1_000} s${printed(output)}`);
  }
  if (status !== step.status) {
    const wanted = step.status === 0 ? "" : `, and not with ${step.status} as the page says`;
    return new GuideFault(
      path,
      line,
      `the command ended with exit status ${String(status)}${wanted}${printed(output)}`,
    );
  }
  const { expected } = step;
  if (expected === undefined) return undefined;
  const compared = compareOutput(expected.lines, output);
  if (isSame(compared)) return undefined;
  const first = compared.find((each) => each.kind !== "same");
  const lines = compared.map((each) => signs[each.kind] + each.text);
  const what = "the output is not as the page says (- is missing, + was not expected)";
  return new GuideFault(path, expected.line + (first?.at ?? 0), [what, ...lines].join("\n  "));
}

function printed(output: string): string {
  const lines = output.trimEnd().split("\n");
  const shown = lines.slice(-shownLines);
  if (output.trim() === "") return "; it printed nothing";
  const left = lines.length > shown.length ? ["..."] : [];
  return ["; it printed", ...left, ...shown].join("\n  ");
}
