import { paint, type TextStyle, type Tone } from "../output/text-style.ts";
import { visibleLines, visibleText } from "../output/visible-text.ts";
import { wrap } from "../output/wrapped-text.ts";
import type { DoctorFinding, Health } from "./finding.ts";

/** The texts are long, so that they are wrapped in files and pipes too. */
const plainWidth = 80;
/** A narrower column of text would be harder to read than lines that a terminal breaks. */
const leastTextWidth = 30;

const tones: Readonly<Record<Health, Tone>> = { ok: "good", warning: "warning", failed: "bad", unknown: "warning" };

/**
 * Prints a finding in a line, and its cure below it. A text that does not fit into the width goes on in indented lines.
 * Files to write come after all lines, as they are.
 */
export function printFindings(findings: readonly DoctorFinding[], style: TextStyle): string {
  const widthFor = (title: string, texts: readonly string[]): number =>
    Math.max(title.length, ...texts.map(({ length }) => length)) + 3;
  const checkWidth = widthFor(
    "check",
    findings.map(({ check }) => check),
  );
  const healthWidth = widthFor(
    "health",
    findings.map(({ health }) => health),
  );
  const indent = " ".repeat(checkWidth + healthWidth);
  const textWidth = Math.max(leastTextWidth, (style.width ?? plainWidth) - indent.length);
  const lines = findings.flatMap(({ check, health, says, cure }) => {
    const [first = "", ...others] = [
      ...wrap(visibleText(says), textWidth),
      ...(cure === "" ? [] : wrap(`cure: ${visibleText(cure)}`, textWidth)),
    ];
    const state = paint(health, tones[health], style) + " ".repeat(healthWidth - health.length);
    return [`${check.padEnd(checkWidth)}${state}${first}`, ...others.map((line) => indent + line)];
  });
  const titles = ["CHECK".padEnd(checkWidth), "HEALTH".padEnd(healthWidth), "FINDING"];
  const title = titles.map((text) => paint(text, "title", style)).join("");
  const examples = findings.flatMap(({ example }) => (example === undefined ? [] : [`\n${visibleLines(example)}`]));
  return `${[title, ...lines].join("\n")}\n${examples.join("")}`;
}
