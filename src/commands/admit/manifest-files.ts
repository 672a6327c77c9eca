// Reads manifests as people keep them: several files, several documents in a file, lists, standard input.
import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseAllDocuments } from "yaml";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

/** A Kubernetes object, and the file that it is in. */
export interface Manifest {
  /** The name of the file in messages. */
  readonly file: string;
  readonly kind: string;
  readonly object: JsonObject;
}

/** Reads every object of the files, in order; the file `-` is `stdin`. Throws `ConfigInvalid` with file and line. */
export async function readManifests(files: readonly string[], stdin: Readable): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const file of files) manifests.push(...parseManifests(fileWords(file), await read(file, stdin)));
  return manifests;
}

async function read(file: string, stdin: Readable): Promise<string> {
  if (file === "-") return text(stdin);
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EISDIR") {
      throw new AppError("ConfigInvalid", `--filename ${file} is a folder; name its files`, { cause });
    }
    throw new AppError("ConfigInvalid", `--filename ${file} cannot be read: ${fromUnknown(cause).message}`, { cause });
  }
}

/** The words for a file in messages. */
export function fileWords(file: string): string {
  return file === "-" ? "standard input" : file;
}

/** Reads YAML or JSON. It skips empty documents, and takes a `List` for its items. */
function parseManifests(file: string, source: string): readonly Manifest[] {
  const documents = parseAllDocuments(source);
  return [...documents].flatMap((document): readonly Manifest[] => {
    const [error] = document.errors;
    if (error !== undefined) throw wrong(file, error.message);
    const value: unknown = document.toJS();
    return value === null ? [] : objectsOf(file, value);
  });
}

function objectsOf(file: string, value: unknown): readonly Manifest[] {
  const { kind, items } = isJsonObject(value) ? value : {};
  if (!isJsonObject(value) || typeof kind !== "string") {
    throw wrong(file, "a document is no Kubernetes object: it has no kind");
  }
  if (kind !== "List" || !Array.isArray(items)) return [{ file, kind, object: value }];
  return items.flatMap((item: unknown) => objectsOf(file, item));
}

function wrong(file: string, problem: string): AppError {
  return new AppError("ConfigInvalid", `${file}: ${problem}`);
}
