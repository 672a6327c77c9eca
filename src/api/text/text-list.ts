import { elementOf } from "./field-path.ts";

export interface TextElement {
  readonly text: string;
  readonly field: string;
}

/** The elements of a field that takes one text, several with commas between, or a list; each with its place. */
export function textList(value: string | readonly string[] | undefined, field: string): readonly TextElement[] {
  if (value === undefined) return [];
  if (typeof value === "string") return value.split(",").map((text) => ({ text: text.trim(), field }));
  return value.map((text, index) => ({ text: text.trim(), field: elementOf(field, index) }));
}
