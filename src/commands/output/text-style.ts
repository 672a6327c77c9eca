import type { Writable } from "node:stream";
import { styleText } from "node:util";

/** The abilities of a stream: how much of a text it can show, and in which way. */
export interface TextStyle {
  /** The columns of the terminal; undefined where lines may have any length, as in a file or a pipe. */
  readonly width: number | undefined;
  readonly hasColors: boolean;
}

export const plainStyle: TextStyle = { width: undefined, hasColors: false };

/**
 * The style of a stream: a terminal has a width and colours, a file or a pipe has neither. NO_COLOR takes the colours away, and
 * FORCE_COLOR gives them, also to a pipe, unless it is 0. When both are set, FORCE_COLOR counts, as it does in Node.
 */
export function styleOf(stream: Writable, env: Readonly<Record<string, string | undefined>>): TextStyle {
  const isTerminal = isTerminalStream(stream);
  const { FORCE_COLOR: forced = "", NO_COLOR: unwanted = "", TERM: terminal } = env;
  const isWanted = isTerminal && unwanted === "" && terminal !== "dumb";
  return {
    width: isTerminal ? columnsOf(stream) : undefined,
    hasColors: forced === "" ? isWanted : forced !== "0" && forced !== "false",
  };
}

export function isTerminalStream(stream: Writable): boolean {
  return "isTTY" in stream && stream.isTTY === true;
}

/** The columns of the terminal that a stream writes to; undefined where nobody knows them. */
export function columnsOf(stream: Writable): number | undefined {
  return "columns" in stream && typeof stream.columns === "number" && stream.columns > 0 ? stream.columns : undefined;
}

/** The state of a thing of which a text tells. */
export type Tone = "good" | "warning" | "bad" | "quiet" | "title";

const formats = { good: "green", warning: "yellow", bad: "red", quiet: "dim", title: "bold" } as const;

/** Colours a text. Without a tone, or where there are no colours, it stays as it is. */
export function paint(text: string, tone: Tone | undefined, { hasColors }: Pick<TextStyle, "hasColors">): string {
  return tone === undefined || !hasColors || text === ""
    ? text
    : styleText(formats[tone], text, { validateStream: false });
}

/** The tone of the word of a condition: `True`, `Unknown` while nobody has written it, or the reason why it does not hold. */
export function readyTone(word: string | undefined): Tone | undefined {
  if (word === undefined || word === "-") return undefined;
  return word === "True" ? "good" : word === "Unknown" ? "warning" : "bad";
}
