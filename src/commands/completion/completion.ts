import type { FlagDefinition } from "#src/core/config.ts";
import { AppError } from "#src/core/errors.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { type NameKind, readNames } from "./completion-names.ts";
import { explainedWords } from "../explain/explain.ts";
import { flagOfWord, flagsOf } from "../flags/flag-options.ts";
import { type CommandName, commandNames } from "../flags/command-names.ts";
import { keyActions } from "../keys/key-actions.ts";

/**
 * The script of each shell. All of them ask this program for the words that fit, so a script never gets out of date.
 */
const scripts: Readonly<Record<string, string>> = {
  // Bash takes : and = for ends of words, and puts what is found behind the last of them.
  bash: `_ovn4nfv() {
  local line="\${COMP_LINE:0:COMP_POINT}" last
  local -a words
  read -ra words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  last="\${words[-1]}"
  mapfile -t COMPREPLY < <(ovn4nfv completion words -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=("\${COMPREPLY[@]#"\${last%"\${last##*[:=]}"}"}")
}
complete -o default -F _ovn4nfv ovn4nfv`,
  zsh: `#compdef ovn4nfv
_ovn4nfv() {
  compadd -- \${(f)"$(ovn4nfv completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"}
}
compdef _ovn4nfv ovn4nfv`,
  fish: `complete -c ovn4nfv -a '(ovn4nfv completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

/** The subcommands whose operands are names. */
const operandNames: Readonly<Partial<Record<CommandName, NameKind>>> = {
  networks: "networks",
  addresses: "networks",
  pods: "pods",
  trace: "pods",
};

/**
 * Prints the script of a shell; for `words` the words that fit at the end of a line, and for `kubectl` the same in
 * kubectl's form.
 */
export const completion: CommandRun<"completion"> = async (context) => {
  const { operands, stdout } = context;
  const [shell = "", ...typed] = operands;
  const script = scripts[shell];
  if (script !== undefined) stdout.write(`${script}\n`);
  else if (shell === "words") stdout.write((await fitting(typed, context)).map((word) => `${word}\n`).join(""));
  // The last line is a directive of cobra: 4 tells it not to complete file names instead.
  else if (shell === "kubectl") stdout.write([...(await fitting(typed, context)), ":4", ""].join("\n"));
  else
    throw new AppError(
      "ConfigInvalid",
      `no completion for "${shell}"; there is one for ${Object.keys(scripts).join(", ")}`,
    );
  return "ok";
};

async function fitting(words: readonly string[], context: CommandContext<"completion">): Promise<readonly string[]> {
  const kind = nameKindAt(words);
  const names = kind === undefined ? [] : await readNames(kind, words.slice(0, -1), context);
  const found = names.filter((name) => name.startsWith(words.at(-1) ?? ""));
  return found.length > 0 ? found : completions(words);
}

/** The kind of the names that may stand at the end of the line; undefined when there can be none. */
export function nameKindAt(words: readonly string[]): NameKind | undefined {
  const [name = "", ...others] = words;
  const command = commandNames.find((known) => known === name);
  if (command === undefined || others.length === 0 || others.at(-1)?.startsWith("-") === true) return undefined;
  const before = flagOfWord(command, others.at(-2) ?? "");
  if (before !== undefined && before.type !== "bool") return before.flag === "namespace" ? "namespaces" : undefined;
  return operandNames[command];
}

/** The words that may replace the last one of `words`, without names. `words` are those after the name of the program. */
export function completions(words: readonly string[]): readonly string[] {
  const [name = "", ...others] = words;
  const partial = words.at(-1) ?? "";
  const candidates = words.length <= 1 ? commandNames : argumentsOf(name, others);
  return candidates.filter((word) => word.startsWith(partial));
}

/** The values of the flag before, when it has a list of them, otherwise the words of the subcommand and all flags. */
function argumentsOf(name: string, others: readonly string[]): readonly string[] {
  const command = commandNames.find((known) => known === name);
  if (name === "help") return others.length === 1 ? commandNames : [];
  if (command === undefined) return [];
  if (command === "completion" && others.length === 1) return Object.keys(scripts);
  if (command === "keys" && others.length === 1 && others[0]?.startsWith("-") !== true) return keyActions;
  const flag = flagOfWord(command, others.at(-2) ?? "");
  if (flag?.type === "enum") return flag.values;
  if (flag !== undefined && flag.type !== "bool") return [];
  const reasons = command === "explain" ? explainedWords : [];
  return [...reasons, ...flagsOf(command).flatMap(forms), "--config", "--help"];
}

/** The flag as it is typed; one that is true by itself also with `--no-`. */
function forms({ flag, type, default: fallback }: FlagDefinition): readonly string[] {
  return type === "bool" && fallback === "true" ? [`--${flag}`, `--no-${flag}`] : [`--${flag}`];
}
