import { columnsFor, type ListFormat, type Listing, plainRow, printYaml } from "../../output/print-rows.ts";
import type { TextStyle, Tone } from "../../output/text-style.ts";
import { type Column, TextTable } from "../../output/text-table.ts";
import { visibleLines, visibleText } from "../../output/visible-text.ts";
import type { ListChange } from "./list-changes.ts";

interface ChangedLine<Line> {
  readonly type: ListChange<unknown>["type"];
  readonly line: Line;
}

const tones: Readonly<Record<ListChange<unknown>["type"], Tone>> = {
  ADDED: "good",
  MODIFIED: "warning",
  DELETED: "bad",
};

/**
 * Makes the printer of the changes of a list: as lines of one table whose first column says what happened, as names, as a JSON
 * object `{type, object}` in each line, or as such documents in YAML.
 */
export function changePrinter<Row, Line>(
  format: ListFormat,
  { linesOf, columns, nameOf }: Listing<Row, Line>,
  style: TextStyle,
): (changes: readonly ListChange<Row>[]) => string {
  if (format === "json")
    return (changes) => changes.map((one) => `${visibleLines(JSON.stringify(plainRow(one)))}\n`).join("");
  if (format === "yaml") return (changes) => changes.map((one) => `---\n${printYaml(plainRow(one))}`).join("");
  if (format === "name") {
    return (changes) =>
      changes
        .flatMap(({ object }) => nameOf(object) ?? [])
        .map((name) => `${visibleText(name)}\n`)
        .join("");
  }
  const [shown, fitted] = columnsFor(format, columns, style);
  const event: Column<ChangedLine<Line>> = {
    title: "event",
    value: ({ type }) => type,
    tone: ({ type }) => tones[type],
  };
  const table = new TextTable([event, ...shown.map(ofChange)], fitted);
  return (changes) => {
    const lines = changes.flatMap(({ type, object }) => linesOf(object).map((line) => ({ type, line })));
    return table.print(lines);
  };
}

function ofChange<Line>({ value, tone, ...column }: Column<Line>): Column<ChangedLine<Line>> {
  return {
    ...column,
    value: ({ line }) => value(line),
    ...(tone === undefined ? {} : { tone: ({ line }: ChangedLine<Line>) => tone(line) }),
  };
}
