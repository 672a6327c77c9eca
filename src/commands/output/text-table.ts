// The one place that lays out tables.
import { paint, plainStyle, type TextStyle, type Tone } from "./text-style.ts";
import { visibleText } from "./visible-text.ts";
import { unbreakableWidth, wrapCell } from "./wrapped-text.ts";

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: "left" | "right";
  /**
   * `wide` is shown with `-o wide` alone; `spare` is left out of a terminal that is too narrow. Any other column is always shown.
   */
  readonly room?: "wide" | "spare";
  readonly tone?: (row: T) => Tone | undefined;
}

const gap = "   ";

/**
 * Prints like kubectl: upper-case titles, three spaces between columns, nothing after the last one. Without a row it is the
 * word `none`. In a terminal cells are broken between words where the table would be too wide.
 */
export function printTable<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  style: TextStyle = plainStyle,
): string {
  return rows.length === 0 ? "none\n" : new TextTable(columns, style).print(rows);
}

/** A table that grows: only the first lines have titles over them, and those that come later are as wide as all before. */
export class TextTable<T> {
  readonly #style: TextStyle;
  #columns: readonly Column<T>[];
  /** The widths of the widest cells and of the longest words so far. */
  #sizes: readonly Size[] | undefined;

  constructor(columns: readonly Column<T>[], style: TextStyle) {
    this.#columns = columns;
    this.#style = style;
  }

  print(rows: readonly T[]): string {
    const first = this.#sizes === undefined;
    if (first) this.#columns = this.#withRoom(rows);
    const columns = this.#columns;
    const before = this.#sizes ?? columns.map(({ title }) => ({ cell: title.length, word: unbreakableWidth(title) }));
    const cells = rows.map((row) => columns.map(({ value }) => visibleText(value(row))));
    this.#sizes = before.map((size, index) =>
      grown(
        size,
        cells.map((line) => line[index] ?? ""),
      ),
    );
    const widths = fittingWidths(this.#sizes, this.#style.width);
    const print = (line: readonly string[], toneOf: (column: Column<T>) => Tone | undefined): readonly string[] =>
      this.#linesOf(line, widths, toneOf);
    const titles = columns.map(({ title }) => title.toUpperCase());
    const lines = [
      ...(first ? print(titles, () => "title") : []),
      ...cells.flatMap((line, index) => print(line, ({ tone }) => tone?.(rows[index] as T))),
    ];
    return lines.map((line) => `${line}\n`).join("");
  }

  /** The columns without the spare ones that make the table too wide, the last one first. */
  #withRoom(rows: readonly T[]): readonly Column<T>[] {
    const { width } = this.#style;
    let shown = this.#columns;
    while (width !== undefined && leastWidth(rows, shown) > width) {
      const spare = shown.findLast(({ room }) => room === "spare");
      if (spare === undefined) break;
      shown = shown.filter((column) => column !== spare);
    }
    return shown;
  }

  #linesOf(
    cells: readonly string[],
    widths: readonly number[],
    toneOf: (column: Column<T>) => Tone | undefined,
  ): readonly string[] {
    const broken = cells.map((cell, index) => wrapCell(cell, widths[index] ?? 0));
    const height = Math.max(...broken.map(({ length }) => length));
    const last = this.#columns.length - 1;
    return Array.from({ length: height }, (_, at) => {
      let line = "";
      let blanks = "";
      for (const [index, column] of this.#columns.entries()) {
        const text = broken[index]?.[at] ?? "";
        const padding = " ".repeat(Math.max(0, (widths[index] ?? 0) - text.length));
        const [left, right] = column.align === "right" ? [padding, ""] : ["", padding];
        // Spaces are written only when something follows them, so that no line ends with any.
        if (text === "") blanks += padding;
        else {
          line += `${blanks}${left}${paint(text, toneOf(column), this.#style)}`;
          blanks = right;
        }
        if (index < last) blanks += gap;
      }
      return line;
    });
  }
}

interface Size {
  readonly cell: number;
  readonly word: number;
}

function grown(size: Size, cells: readonly string[]): Size {
  let { cell, word } = size;
  for (const text of cells) {
    cell = Math.max(cell, text.length);
    if (text.length > word) word = Math.max(word, unbreakableWidth(text));
  }
  return { cell, word };
}

/** The width of a table whose cells are broken wherever they can be. */
function leastWidth<T>(rows: readonly T[], columns: readonly Column<T>[]): number {
  const words = columns.map(({ title, value }) =>
    rows.reduce((most, row) => Math.max(most, unbreakableWidth(visibleText(value(row)))), unbreakableWidth(title)),
  );
  return words.reduce((sum, word) => sum + word, gap.length * (columns.length - 1));
}

/** Takes width from the widest columns first, and never so much that a word would be broken. */
function fittingWidths(sizes: readonly Size[], width: number | undefined): readonly number[] {
  const natural = sizes.map(({ cell }) => cell);
  if (width === undefined) return natural;
  const room = width - gap.length * (sizes.length - 1);
  const limited = (limit: number): readonly number[] =>
    sizes.map(({ cell, word }) => Math.min(cell, Math.max(word, limit)));
  const sum = (widths: readonly number[]): number => widths.reduce((total, one) => total + one, 0);
  let limit = Math.max(0, ...natural);
  while (limit > 0 && sum(limited(limit)) > room) limit -= 1;
  return limited(limit);
}
