// The output of subcommands: tables for people, YAML and JSON for programs.
import { stringify } from "yaml";

export type OutputFormat = "table" | "yaml" | "json";

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: "left" | "right";
}

/**
 * Prints rows as a table of `columns`, or whole rows as a list in YAML or JSON (bigints as decimal strings). Ends with
 * a newline.
 */
export function printRows<T>(format: OutputFormat, rows: readonly T[], columns: readonly Column<T>[]): string {
  return printLines(format, rows, (row) => [row], columns);
}

/** Prints as `printRows` does, where a row may have several lines in the table. */
export function printLines<T, L>(
  format: OutputFormat,
  rows: readonly T[],
  linesOf: (row: T) => readonly L[],
  columns: readonly Column<L>[],
): string {
  if (format === "table") return printTable(rows.flatMap(linesOf), columns);
  const plain: unknown = JSON.parse(JSON.stringify(rows, (_key, value: unknown) => plainValue(value)));
  return format === "json" ? `${JSON.stringify(plain, null, 2)}\n` : stringify(plain);
}

function plainValue(value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/**
 * Prints like kubectl: upper-case titles, three spaces between columns, nothing after the last one. Without a row it is the
 * word `none`.
 */
export function printTable<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  if (rows.length === 0) return "none\n";
  const cells = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map((c) => c.value(row))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? "").length)));
  const lines = cells.map((line) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("   ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
