import { flagsOf } from "./flags/flag-options.ts";
import { commandNames } from "./flags/flags.ts";

/** The words that may stand in place of the last of `words`, which are those behind the name of the program. */
export function completions(words: readonly string[]): readonly string[] {
  const [name = "", ...others] = words;
  const partial = words.at(-1) ?? "";
  const candidates = words.length <= 1 ? commandNames : argumentsOf(name, others.at(-2) ?? "");
  return candidates.filter((word) => word.startsWith(partial));
}

/** Values of the flag before, when it has a list of them; else all flags. */
function argumentsOf(name: string, before: string): readonly string[] {
  const command = commandNames.find((known) => known === name);
  if (command === undefined) return [];
  const flags = flagsOf(command);
  const flag = flags.find(({ flag: long, short }) => before === `--${long}` || before === `-${short ?? ""}`);
  if (flag?.type === "enum") return flag.values;
  if (flag !== undefined && flag.type !== "bool") return [];
  return [...flags.map(({ flag: long }) => `--${long}`), "--config", "--help"];
}
