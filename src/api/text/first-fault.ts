// Lists and maps that are checked until their first fault. zod makes an issue of each wrong element, and an object of 512 KB that is
// made of nothing else took up to a second of the one thread, and 240 MB.
import * as z from "zod";
import { isJsonObject } from "./json-value.ts";

/** A list of which the first wrong element is told, and no other. */
export function listOf<T extends z.ZodType>(element: T) {
  return z.custom<readonly z.output<T>[]>().check(({ value, issues }) => {
    const items: unknown = value;
    if (!Array.isArray(items)) {
      issues.push({ code: "invalid_type", expected: "array", input: items });
      return;
    }
    for (const [at, item] of (items as readonly unknown[]).entries()) {
      const [issue] = element.safeParse(item).error?.issues ?? [];
      if (issue === undefined) continue;
      issues.push({ code: "custom", message: issue.message, path: [at, ...issue.path], input: item });
      return;
    }
  });
}

/** A map of texts of which the first other value is told, and no other. It is passed on as it is. */
export const textMap = z.custom<Readonly<Record<string, string>>>().check(({ value, issues }) => {
  const map: unknown = value;
  if (!isJsonObject(map)) {
    issues.push({ code: "invalid_type", expected: "record", input: map });
    return;
  }
  for (const key in map) {
    if (typeof map[key] === "string") continue;
    issues.push({ code: "invalid_type", expected: "string", path: [key], input: map[key] });
    return;
  }
});
