/** A line of the comparison: one that is as expected, one that is missing, or one that nobody expected. */
export interface ComparedLine {
  readonly kind: "same" | "missing" | "unexpected";
  readonly text: string;
  /** Index of the expected line; for an unexpected one, of the next expected line. */
  readonly at: number;
}

/** A missing line weighs more than some unexpected ones: what is there should not vanish in the dots before it. */
const missingCost = 3;

/** In a line it stands for any text; alone on a line, for any number of lines. */
const anything = "...";

/**
 * Compares what a step printed with what the page says, line by line, so that as little as possible differs. Several
 * blanks count as one; blanks at the end of a line and empty lines at the end do not count.
 */
export function compareOutput(expected: readonly string[], real: string): readonly ComparedLine[] {
  const wanted = withoutEnd(expected.map((line) => line.trimEnd()));
  const got = withoutEnd(real.split("\n").map((line) => line.trimEnd()));
  const costs = costTable(wanted, got);
  const compared: ComparedLine[] = [];
  let row = 0;
  let column = 0;
  while (row < wanted.length || column < got.length) {
    const text = got[column] ?? "";
    const pattern = wanted[row];
    const cost = costs(row, column);
    if (pattern === anything && cost === costs(row + 1, column)) {
      row += 1;
    } else if (pattern === anything && column < got.length && cost === costs(row, column + 1)) {
      compared.push({ kind: "same", text, at: row });
      column += 1;
    } else if (fits(pattern, got[column]) && cost === costs(row + 1, column + 1)) {
      compared.push({ kind: "same", text, at: row });
      row += 1;
      column += 1;
    } else if (pattern !== undefined && cost === costs(row + 1, column) + missingCost) {
      compared.push({ kind: "missing", text: pattern, at: row });
      row += 1;
    } else {
      compared.push({ kind: "unexpected", text, at: Math.min(row, wanted.length - 1) });
      column += 1;
    }
  }
  return compared;
}

/** True when a comparison found no difference. */
export function isSame(compared: readonly ComparedLine[]): boolean {
  return compared.every(({ kind }) => kind === "same");
}

/** For each pair of positions: how much differs from there to the end. */
function costTable(wanted: readonly string[], got: readonly string[]): (row: number, column: number) => number {
  const table: number[][] = Array.from({ length: wanted.length + 1 }, () => []);
  const at = (row: number, column: number): number => table[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = wanted.length; row >= 0; row -= 1) {
    for (let column = got.length; column >= 0; column -= 1) {
      const isEnd = row === wanted.length && column === got.length;
      const isFree = wanted[row] === anything;
      const costs = [
        isEnd ? 0 : Number.POSITIVE_INFINITY,
        at(row + 1, column) + (isFree ? 0 : missingCost),
        at(row, column + 1) + (isFree ? 0 : 1),
        fits(wanted[row], got[column]) ? at(row + 1, column + 1) : Number.POSITIVE_INFINITY,
      ];
      (table[row] ??= [])[column] = Math.min(...costs);
    }
  }
  return at;
}

function fits(pattern: string | undefined, line: string | undefined): boolean {
  return pattern !== undefined && line !== undefined && fitsText(oneBlank(pattern), oneBlank(line));
}

/** The columns of a table are as wide as their longest cell. */
function oneBlank(text: string): string {
  return text.replaceAll(/[ \t]+/g, " ");
}

function fitsText(pattern: string, line: string): boolean {
  // When there are more than three dots, the last three count: 10.1.0.... is the text 10.1.0. and anything.
  const [first = "", ...others] = pattern.split(/\.{3}(?!\.)/);
  const last = others.pop();
  if (last === undefined) return pattern === line;
  if (!line.startsWith(first) || !line.endsWith(last) || line.length < first.length + last.length) return false;
  let from = first.length;
  const end = line.length - last.length;
  for (const part of others) {
    const found = line.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}

function withoutEnd(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line !== "");
  return lines.slice(0, last + 1);
}
