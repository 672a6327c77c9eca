// The result of a stored pod, which is changed without a change of what stays.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type InterfaceResult, maxResultLength, parseResult, printResult } from "#src/api/result.ts";
import { isList, readJson } from "#src/api/text/json-text.ts";
import type { JsonValue } from "#src/api/text/json-value.ts";

/** One interface of a stored result: what is read of it, and the text that is written again. */
export interface StoredInterface extends InterfaceResult {
  readonly element: JsonValue;
}

/** Reads the result of a stored pod. Fields of a later version stay in the element. */
export function readStoredResult(text: string): readonly StoredInterface[] {
  const value = readJson(text, annotationKeys.result.key, maxResultLength);
  const elements = isList(value) ? value : [];
  return parseResult(text).map((entry, index) => ({ ...entry, element: elements[index] ?? null }));
}

/** Prints the result with these interfaces on their way out and others behind them. The rest is printed as it was. */
export function changedResult(
  stored: readonly StoredInterface[],
  leaving: readonly StoredInterface[],
  plugged: readonly InterfaceResult[],
): string {
  const kept = stored.map((one) => {
    const { element } = one;
    return JSON.stringify(leaving.includes(one) ? { ...(element as object), leaving: true } : element);
  });
  const added = plugged.map((one) => printResult([{ ...one, plugged: true }]).slice(1, -1));
  return `[${[...kept, ...added].join(",")}]`;
}
