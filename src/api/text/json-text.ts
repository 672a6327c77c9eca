// Texts between us and Kubernetes: JSON that users wrote, the places of its fields in messages, and JSON Patch.
import { refusal } from "#src/core/errors.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";

/** `Array.isArray` for JSON values; it narrows the type in both branches. */
export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

const maxLength = 65_536;
const maxDepth = 16;
const snippetLength = 12;

const syntaxRemedy =
  "correct the JSON there; strings and keys take double quotes, and no comma follows the last element";

const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;

/**
 * Reads RFC 8259 JSON out of an annotation, in at most 16 levels, and 64 Ki characters unless the caller says otherwise. Throws `Malformed` with line,
 * column and the text around; also for a key that stands twice in one object, which `JSON.parse` accepts. The objects
 * have no prototype, so that no key (`__proto__`, `constructor`) means anything but itself.
 */
export function readJson(text: string, field: string, longest = maxLength): JsonValue {
  let at = 0;

  const fail = (problem: string, position: number, remedy = syntaxRemedy): never => {
    const reason = `is not valid JSON: ${problem} ${place(text, position)}`;
    throw refusal("Malformed", { field, value: text, reason, remedy });
  };
  // test() and slice() instead of exec(), whose result is an object: this runs for every pod that is created.
  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at;
    if (!token.test(text)) return undefined;
    const start = at;
    at = token.lastIndex;
    return text.slice(start, at);
  };
  const skipSpace = (): void => {
    while (isSpace(text.charCodeAt(at))) at += 1;
  };
  const takeMark = (mark: string): boolean => {
    skipSpace();
    if (text[at] !== mark) return false;
    at += 1;
    return true;
  };

  const readString = (what: string): string => {
    skipSpace();
    const literal = take(string);
    if (literal === undefined) return fail(text[at] === '"' ? "a string without its end, or a bad escape," : what, at);
    return literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  };

  const readObject = (depth: number): JsonObject => {
    const object = Object.create(null) as Record<string, JsonValue>;
    if (takeMark("}")) return object;
    do {
      skipSpace();
      const start = at;
      const key = readString("expected a key in double quotes");
      if (key in object) fail(`the key ${JSON.stringify(key.slice(0, 40))} stands twice`, start, "keep one of the two");
      if (!takeMark(":")) fail('expected ":"', at);
      object[key] = readValue(depth);
    } while (takeMark(","));
    if (!takeMark("}")) fail('expected "," or "}"', at);
    return object;
  };

  const readArray = (depth: number): JsonValue[] => {
    const array: JsonValue[] = [];
    if (takeMark("]")) return array;
    do array.push(readValue(depth));
    while (takeMark(","));
    if (!takeMark("]")) fail('expected "," or "]"', at);
    return array;
  };

  const readValue = (depth: number): JsonValue => {
    skipSpace();
    if (depth > maxDepth) return fail(`more than ${maxDepth} levels`, at, "write it flatter");
    if (takeMark("{")) return readObject(depth + 1);
    if (takeMark("[")) return readArray(depth + 1);
    const scalar = text[at] === '"' ? undefined : (take(word) ?? take(number));
    return scalar === undefined ? readString("expected a value") : (JSON.parse(scalar) as JsonValue);
  };

  if (text.length > longest) fail(`more than ${longest} characters`, longest, "write less");
  if (text.trim() === "") fail("an empty text", 0, "write the value, or remove the annotation");
  const value = readValue(1);
  skipSpace();
  if (at < text.length) fail("expected the end", at);
  return value;
}

/** True for white space of RFC 8259: blank, tab, line feed, carriage return. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** Describes a position: `at line 1, column 9, near ...`, or `at its end, after ...`. */
function place(text: string, position: number): string {
  if (text.trim() === "") return "instead of a value";
  const around = text.slice(Math.max(0, position - snippetLength), position + snippetLength);
  const snippet = around.toWellFormed().replace(/\s+/g, " ");
  if (position >= text.trimEnd().length) return `at its end, after \`${snippet.trimEnd()}\``;
  const before = text.slice(0, position).split("\n");
  return `at line ${before.length}, column ${(before.at(-1) ?? "").length + 1}, near \`${snippet}\``;
}
