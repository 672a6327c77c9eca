/** Breaks a text between words, so that no line is longer than the width. A longer word has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  return join(
    text.split(/\s+/).map((word, index) => ({ word, gap: index === 0 ? "" : " " })),
    width,
  );
}

/** The same for a cell of a table, whose lists are also broken behind commas. */
export function wrapCell(text: string, width: number): readonly string[] {
  return join(piecesOf(text), width);
}

/** The width of the longest part of a cell that is never broken. */
export function unbreakableWidth(text: string): number {
  return Math.max(...piecesOf(text).map(({ word }) => word.length));
}

interface Piece {
  readonly word: string;
  /** The text before the word when it does not begin a line. */
  readonly gap: string;
}

function piecesOf(text: string): readonly Piece[] {
  return text
    .split(" ")
    .flatMap((part, index) =>
      part.split(/(?<=,)/).map((word, place) => ({ word, gap: index > 0 && place === 0 ? " " : "" })),
    );
}

function join(pieces: readonly Piece[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const { word, gap } of pieces) {
    if (line !== "" && line.length + gap.length + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line}${gap}${word}`;
  }
  return [...lines, line];
}
