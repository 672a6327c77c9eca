import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { AppError } from "./errors.ts";

/** The content of a configuration file: values by flag name. */
export interface ConfigFile {
  readonly name: string;
  readonly entries: Readonly<Record<string, unknown>>;
}

/** Reads a mapping of flag names to values from YAML (JSON is YAML). Throws `ConfigInvalid`, which names file and line. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("ConfigInvalid", `--config: ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return { name: path, entries: parseConfigFile(path, text) };
}

export function parseConfigFile(name: string, text: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new AppError("ConfigInvalid", `${name} is not YAML: ${error.message.split("\n")[0] ?? ""}`, { cause: error });
  }
  const value: unknown = document.toJS();
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new AppError(
      "ConfigInvalid",
      `${name}: write a mapping of flag names to values, such as \`log-level: debug\``,
    );
  }
  return value as Record<string, unknown>;
}
