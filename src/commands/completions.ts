import { commandTable } from "./command-table.ts";
import { flagsOf } from "./flag-options.ts";
import type { CommandName } from "./flags.ts";

/** The words that may stand in place of the last of `words`, which are those behind the name of the program. */
export function completions(words: readonly string[]): readonly string[] {
  const [name = "", ...others] = words;
  const partial = words.at(-1) ?? "";
  const candidates = words.length <= 1 ? Object.keys(commandTable) : argumentsOf(name, others.at(-2) ?? "");
  return candidates.filter((word) => word.startsWith(partial));
}

/** Values of the flag before, when it has a list of them; else all flags. */
function argumentsOf(name: string, before: string): readonly string[] {
  if (!Object.hasOwn(commandTable, name)) return [];
  const flags = flagsOf(name as CommandName);
  const flag = flags.find(({ flag: long, short }) => before === `--${long}` || before === `-${short ?? ""}`);
  if (flag?.type === "enum") return flag.values;
  if (flag !== undefined && flag.type !== "bool") return [];
  return [...flags.map(({ flag: long }) => `--${long}`), "--config", "--help"];
}
