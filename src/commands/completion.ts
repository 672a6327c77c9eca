import { AppError } from "#src/core/errors.ts";
import type { CommandRun } from "./command.ts";
import { flagsOf } from "./flags/flag-options.ts";
import { commandNames } from "./flags/flags.ts";

/**
 * The script of each shell. All of them ask this program for the words that fit, so a script never gets out of date.
 */
const scripts: Readonly<Record<string, string>> = {
  bash: `_ovn4nfv() {
  mapfile -t COMPREPLY < <(ovn4nfv completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _ovn4nfv ovn4nfv`,
  zsh: `#compdef ovn4nfv
_ovn4nfv() {
  compadd -- \${(f)"$(ovn4nfv completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"}
}
compdef _ovn4nfv ovn4nfv`,
  fish: `complete -c ovn4nfv -a '(ovn4nfv completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

/**
 * Prints the script of a shell; for `words` the words that fit at the end of a line, and for `kubectl` the same in
 * kubectl's form.
 */
export const completion: CommandRun<"completion"> = ({ operands, stdout }) => {
  const [shell = "", ...typed] = operands;
  const script = scripts[shell];
  if (script !== undefined) stdout.write(`${script}\n`);
  else if (shell === "words")
    stdout.write(
      completions(typed)
        .map((word) => `${word}\n`)
        .join(""),
    );
  // The last line is a directive of cobra: 4 tells it not to complete file names instead.
  else if (shell === "kubectl") stdout.write([...completions(typed), ":4", ""].join("\n"));
  else
    throw new AppError(
      "ConfigInvalid",
      `no completion for "${shell}"; there is one for ${Object.keys(scripts).join(", ")}`,
    );
  return Promise.resolve("ok");
};

/** The words that may replace the last one of `words`. `words` are those after the name of the program. */
export function completions(words: readonly string[]): readonly string[] {
  const [name = "", ...others] = words;
  const partial = words.at(-1) ?? "";
  const candidates = words.length <= 1 ? commandNames : argumentsOf(name, others.at(-2) ?? "");
  return candidates.filter((word) => word.startsWith(partial));
}

/** The values of the flag before, when it has a list of them, otherwise all flags. */
function argumentsOf(name: string, before: string): readonly string[] {
  const command = commandNames.find((known) => known === name);
  if (command === undefined) return [];
  const flags = flagsOf(command);
  const flag = flags.find(({ flag: long, short }) => before === `--${long}` || before === `-${short ?? ""}`);
  if (flag?.type === "enum") return flag.values;
  if (flag !== undefined && flag.type !== "bool") return [];
  return [...flags.map(({ flag: long }) => `--${long}`), "--config", "--help"];
}
