import type { Writable } from "node:stream";
import type { DoctorFinding } from "./finding.ts";

const plainWidth = 80;
/** A narrower column of text would be harder to read than lines that a terminal breaks. */
const leastTextWidth = 30;

/** The columns of the terminal that a stream writes to, or 80. */
export function widthOf(stream: Writable): number {
  return "columns" in stream && typeof stream.columns === "number" && stream.columns > 0 ? stream.columns : plainWidth;
}

/**
 * Prints a finding in a line, and its cure below it. A text that does not fit into the width goes on in indented lines.
 * Files to write come after all lines, as they are.
 */
export function printFindings(findings: readonly DoctorFinding[], width: number): string {
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
  const textWidth = Math.max(leastTextWidth, width - indent.length);
  const lines = findings.flatMap(({ check, health, says, cure }) => {
    const [first = "", ...others] = [
      ...wrap(says, textWidth),
      ...(cure === "" ? [] : wrap(`cure: ${cure}`, textWidth)),
    ];
    return [`${check.padEnd(checkWidth)}${health.padEnd(healthWidth)}${first}`, ...others.map((line) => indent + line)];
  });
  const titles = `${"CHECK".padEnd(checkWidth)}${"HEALTH".padEnd(healthWidth)}FINDING`;
  const examples = findings.flatMap(({ example }) => (example === undefined ? [] : [`\n${example}`]));
  return `${[titles, ...lines].join("\n")}\n${examples.join("")}`;
}

/** Breaks a text between words, so that no line is longer than the width. A longer word has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
