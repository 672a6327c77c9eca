// Connects the table of flags with commander: makes the options, and reads the texts that were typed.
import { type Command, Option } from "commander";
import { envName, type FlagDefinition } from "#src/core/config.ts";
import type { CommandName } from "./command-names.ts";
import { flagTable } from "./flags.ts";

const definitions: readonly FlagDefinition[] = Object.values(flagTable);

/** The flags of a subcommand, in the order of the table. */
export function flagsOf(command: CommandName): readonly FlagDefinition[] {
  return definitions.filter(({ commands }) => commands.includes(command));
}

/** The flag that a word of a line is, as `--namespace` or `-n`; undefined when it is none of the subcommand. */
export function flagOfWord(command: CommandName, word: string): FlagDefinition | undefined {
  return flagsOf(command).find(
    ({ flag, short }) => word === `--${flag}` || (short !== undefined && word === `-${short}`),
  );
}

/** Gives `command` the options of its flags, under the headings of the table, and `--config`. */
export function addFlagOptions(command: Command, name: CommandName): void {
  for (const definition of flagsOf(name)) {
    for (const option of optionsFor(definition, name)) command.addOption(option);
  }
  const file = `Configuration file (YAML or JSON): flag names to values. Environment: ${envName("config")}.`;
  command.addOption(new Option("--config <file>", file).helpGroup("Configuration:"));
  command.addHelpOption(new Option("-h, --help", "Show this text.").helpGroup("Configuration:"));
}

/** The texts that were typed, by the name of the flag. */
export function typedFlags(command: Command): Readonly<Record<string, string | readonly string[]>> {
  const values: Record<string, unknown> = command.opts();
  const typed: Record<string, string | readonly string[]> = {};
  for (const option of command.options) {
    const value = values[option.attributeName()];
    if (typeof value === "boolean") typed[option.name().replace(/^no-/, "")] = String(value);
    else if (typeof value === "string") typed[option.name()] = value;
    else if (Array.isArray(value)) typed[option.name()] = value.map(String);
  }
  return typed;
}

function optionsFor(definition: FlagDefinition, command: CommandName): readonly Option[] {
  const { flag, short, type, group, helpWhenOff } = definition;
  const name = short === undefined ? `--${flag}` : `-${short}, --${flag}`;
  if (type === "bool") {
    const on = new Option(name, describe(definition, command)).helpGroup(`${group}:`);
    const off = new Option(`--no-${flag}`, helpWhenOff).helpGroup(`${group}:`);
    return [on, definition.default === "true" ? off : off.hideHelp()];
  }
  const option = new Option(`${name} <${placeholder(definition)}>`, describe(definition, command)).helpGroup(
    `${group}:`,
  );
  if (type === "list") {
    option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  }
  return [option];
}

function placeholder(definition: FlagDefinition): string {
  return definition.type === "enum" ? definition.values.join("|") : (definition.placeholder ?? definition.type);
}

function describe({ help: common, helpOf, default: fallback }: FlagDefinition, command: CommandName): string {
  const help = helpOf?.[command] ?? common;
  return fallback === undefined || fallback === "" || fallback === "false" ? help : `${help} (default ${fallback})`;
}
