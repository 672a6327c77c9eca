import type { Readable, Writable } from "node:stream";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ExitName } from "./exit-codes.ts";
import type { CommandName } from "./flags/command-names.ts";
import type { CommandConfig } from "./flags/flags.ts";

/** The parts of the process that a subcommand may use; tests hand in their own. */
export interface ProcessContext {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on the first SIGINT or SIGTERM, which asks for an end in good order. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly nodeVersion: string;
}

/** A subcommand's process, configuration and operands. */
export interface CommandContext<C extends CommandName> extends ProcessContext {
  readonly config: CommandConfig<C>;
  readonly operands: readonly string[];
  readonly logger: Logger;
}

/** Runs a subcommand to its end; errors are thrown, and turned into a message and an exit status in one place. */
export type CommandRun<C extends CommandName> = (context: CommandContext<C>) => Promise<ExitName>;

/** The headings of `--help` under which subcommands stand. */
export const commandGroups = {
  reports: "Reports and questions",
  repairs: "Repairs and changes",
  servers: "Servers, which the manifests start",
  program: "This program",
} as const;

/** A subcommand in `--help`, and the way to load it. Only the subcommand that runs is loaded. */
export interface CommandEntry<C extends CommandName> {
  readonly summary: string;
  readonly group: keyof typeof commandGroups;
  /** Operands in commander's notation, `[network...]`; empty when it takes none. */
  readonly operands: string;
  readonly examples: readonly string[];
  readonly load: () => Promise<CommandRun<C>>;
}

export type CommandTable = { readonly [C in CommandName]?: CommandEntry<C> };
