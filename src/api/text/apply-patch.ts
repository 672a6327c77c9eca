import { AppError } from "#src/core/errors.ts";
import type { PatchOperation } from "./json-patch.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json-value.ts";

/**
 * The object as the API server stores it: with the operations of the webhook's answer applied, RFC 6902. The object
 * itself stays. Throws `Internal` for an operation that does not apply, which the API server would refuse too.
 */
export function applyPatch(object: JsonObject, operations: readonly PatchOperation[]): JsonObject {
  return operations.reduce<JsonObject>((before, operation) => {
    const after = applyAt(before, parsePointer(operation.path), operation);
    if (isJsonObject(after)) return after;
    throw mismatch(operation);
  }, object);
}

function applyAt(before: JsonValue | undefined, path: readonly string[], operation: PatchOperation): JsonValue {
  const [name, ...rest] = path;
  if (name === undefined) throw mismatch(operation);
  if (Array.isArray(before)) return applyInList(before as readonly JsonValue[], name, rest, operation);
  if (!isJsonObject(before)) throw mismatch(operation);
  if (rest.length > 0) return { ...before, [name]: applyAt(before[name], rest, operation) };
  if (operation.op !== "add" && !Object.hasOwn(before, name)) throw mismatch(operation);
  if (operation.op !== "remove") return { ...before, [name]: operation.value };
  return Object.fromEntries(Object.entries(before).filter(([key]) => key !== name));
}

function applyInList(
  before: readonly JsonValue[],
  name: string,
  rest: readonly string[],
  operation: PatchOperation,
): JsonValue {
  const index = name === "-" ? before.length : Number(name);
  const last = operation.op === "add" && rest.length === 0 ? before.length : before.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > last) throw mismatch(operation);
  if (rest.length > 0) return before.with(index, applyAt(before[index], rest, operation));
  if (operation.op === "remove") return before.toSpliced(index, 1);
  return operation.op === "add" ? before.toSpliced(index, 0, operation.value) : before.with(index, operation.value);
}

/** RFC 6901: `/` is read first, then `~`. */
function parsePointer(path: string): readonly string[] {
  return path
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function mismatch({ op, path }: PatchOperation): AppError {
  return new AppError("Internal", `the patch does not apply: ${op} ${path}`);
}
