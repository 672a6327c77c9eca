// Reads what a user was told back into its parts, and holds each against the annotations that were refused.
import assert from "node:assert/strict";

export interface RefusalParts {
  readonly code: string;
  readonly field: string;
  /** As printed; undefined where there is none. */
  readonly value: string | undefined;
  readonly reason: string;
  readonly remedy: string;
}

/**
 * The parts of `Code: field "value" reason; remedy`. Fails unless the field leads to something in the annotations, or to
 * where something is missing, the value is what stands there, and reason and remedy are clauses of their own.
 */
export function refusalParts(message: string, annotations: Readonly<Record<string, string>>): RefusalParts {
  const [, code = "", told = ""] = /^([A-Z][A-Za-z]+): (.+)$/s.exec(message) ?? assert.fail(`no code: ${message}`);
  const keys = Object.keys(annotations).filter((key) => told.startsWith(key));
  const key = keys.toSorted((a, b) => b.length - a.length)[0] ?? assert.fail(`no annotation: ${message}`);
  const path = /^: ((?:[A-Za-z]+|\.|\[\d+\])+) /.exec(told.slice(key.length))?.[1];
  const field = path === undefined ? key : `${key}: ${path}`;
  const [value, clauses] = splitValue(told.slice(field.length + 1));
  const [, reason = "", remedy = ""] = /^([^;]+); (.+)$/s.exec(clauses) ?? assert.fail(`no remedy: ${message}`);
  assert.match(reason, /^(is|has|asks for|stands beside|stood) \S/, message);
  assert.match(remedy, /^(ask|did you mean|give|keep|leave|mend|name|remove|set|write) \S/, message);
  const standing = whatStands(annotations[key] ?? "", path);
  if (value === undefined) assert.deepEqual([standing ?? undefined, reason], [undefined, "is missing"], message);
  else assert.ok(isShown(value, standing), `the value is not what stands at ${field}: ${message}`);
  return { code, field, value, reason, remedy };
}

/** The printed value, if there is one, and the rest behind it. */
function splitValue(told: string): readonly [value: string | undefined, rest: string] {
  if (/^[a-z]/.test(told) && !/^(true|false|null) /.test(told)) return [undefined, told];
  if (told[79] === "…") return [told.slice(0, 80), told.slice(81)];
  for (let end = told.indexOf(" "); end > 0; end = told.indexOf(" ", end + 1)) {
    if (isJson(told.slice(0, end))) return [told.slice(0, end), told.slice(end + 1)];
  }
  return assert.fail(`no value: ${told}`);
}

/** What the annotation has at the path; without one all of it, as text where it is no JSON. */
function whatStands(text: string, path: string | undefined): unknown {
  if (path === undefined) return text;
  const steps = path.match(/[A-Za-z]+|\d+/g) ?? [];
  return steps.reduce((at: unknown, step) => (at as Readonly<Record<string, unknown>>)[step], JSON.parse(text));
}

/** Whether the printed text, cut or not, is the JSON of what stands there, or of a part of it. */
function isShown(printed: string, standing: unknown): boolean {
  const shown = printed.replace(/…$/, "");
  const isWhole = (text: string): boolean => (shown === printed ? text === shown : text.startsWith(shown));
  if (printings(standing).some(isWhole)) return true;
  const inside = shown.replaceAll(/^"|"$/g, "");
  return inside !== "" && printings(standing).some((text) => text.includes(inside));
}

/** Lazily: what is nested by the thousand can be shown as text only. */
function* printings(standing: unknown): Generator<string, void> {
  yield JSON.stringify(standing);
  yield JSON.stringify(String(standing));
  if (typeof standing === "string" && isJson(standing)) yield JSON.stringify(JSON.parse(standing));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
