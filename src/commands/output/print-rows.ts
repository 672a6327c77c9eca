// The output of subcommands: tables for people, names for shells, YAML and JSON for programs.
import type { Writable } from "node:stream";
import { Document, stringify, visit } from "yaml";
import { plainStyle, styleOf, type TextStyle } from "./text-style.ts";
import { type Column, printTable } from "./text-table.ts";
import { isObeyed, visibleLines, visibleText } from "./visible-text.ts";

export type OutputFormat = "table" | "yaml" | "json";
/** The formats of subcommands that list things. */
export type ListFormat = OutputFormat | "wide" | "name";

/** The way in which a kind of thing is listed. */
export interface Listing<Row, Line> {
  /** The lines of the table that one thing has. */
  readonly linesOf: (row: Row) => readonly Line[];
  readonly columns: readonly Column<Line>[];
  /** The name by which the subcommand takes the thing; undefined when it has none. */
  readonly nameOf: (row: Row) => string | undefined;
}

/** The part of a subcommand's context that says where its output goes. */
export interface OutputPlace {
  readonly stdout: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Writes rows as `printRows` prints them, in the style of standard output. */
export function writeRows<T>(
  { stdout, env, config }: OutputPlace & { readonly config: { readonly output: OutputFormat } },
  rows: readonly T[],
  columns: readonly Column<T>[],
): void {
  stdout.write(printRows(config.output, rows, columns, styleOf(stdout, env)));
}

/** Writes things as `printListing` prints them, in the style of standard output. */
export function writeListing<Row, Line>(
  { stdout, env, config }: OutputPlace & { readonly config: { readonly listing: ListFormat } },
  rows: readonly Row[],
  listing: Listing<Row, Line>,
): void {
  stdout.write(printListing(config.listing, rows, listing, styleOf(stdout, env)));
}

/**
 * Prints rows as a table of `columns`, or whole rows as a list in YAML or JSON (bigints as decimal strings). Ends with
 * a newline.
 */
export function printRows<T>(
  format: OutputFormat,
  rows: readonly T[],
  columns: readonly Column<T>[],
  style: TextStyle = plainStyle,
): string {
  return printListing(format, rows, { linesOf: (row) => [row], columns, nameOf: () => undefined }, style);
}

/** Prints as `printRows` does, where a row may have several lines in the table, and a name. Each name is printed once. */
export function printListing<Row, Line>(
  format: ListFormat,
  rows: readonly Row[],
  { linesOf, columns, nameOf }: Listing<Row, Line>,
  style: TextStyle = plainStyle,
): string {
  if (format === "yaml" || format === "json") return printValue(format, rows);
  if (format === "name") {
    return [...new Set(rows.flatMap((row) => nameOf(row) ?? []))].map((name) => `${visibleText(name)}\n`).join("");
  }
  const [shown, fitted] = columnsFor(format, columns, style);
  return printTable(rows.flatMap(linesOf), shown, fitted);
}

/** The columns of a table, and its style: a wide one has all columns, and is not broken. */
export function columnsFor<Line>(
  format: "table" | "wide",
  columns: readonly Column<Line>[],
  style: TextStyle,
): readonly [readonly Column<Line>[], TextStyle] {
  if (format === "wide") return [columns, { ...style, width: undefined }];
  return [columns.filter(({ room }) => room !== "wide"), style];
}

/** Prints a value in YAML or JSON. Characters that a terminal would obey are in their escaped form, which means the same. */
export function printValue(format: "yaml" | "json", value: unknown): string {
  const plain = plainRow(value);
  return format === "json" ? `${visibleLines(JSON.stringify(plain, null, 2))}\n` : printYaml(plain);
}

/** Prints YAML, which has escaped forms only between double quotes. */
export function printYaml(plain: unknown): string {
  const text = stringify(plain);
  if (!isObeyed(text)) return text;
  const document = new Document(plain);
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === "string" && isObeyed(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return visibleLines(document.toString());
}

/** The value as JSON has it, bigints as decimal strings. */
export function plainRow(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part));
  return JSON.parse(text) as unknown;
}
