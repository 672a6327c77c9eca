// Reads logs that other processes are still writing.
import { readFileSync } from "node:fs";

/** The complete lines of a text. A last line without its end is still being written, and is left out. */
export function completeLines(text: string): readonly string[] {
  return text.split("\n").slice(0, -1);
}

/** The lines of a text that are JSON objects. */
export function jsonLines(text: string): readonly unknown[] {
  const lines = completeLines(text).filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** The JSON objects that a file has so far, one in each line. */
export function readJsonLines(path: string): readonly unknown[] {
  return jsonLines(readFileSync(path, "utf8"));
}
