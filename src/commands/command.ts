import type { Readable, Writable } from "node:stream";
import type { Clock } from "#src/core/clock.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ExitName } from "./exit-codes.ts";
import type { CommandConfig, CommandName } from "./flags/flags.ts";

/** What a process hands to the program; tests hand in their own. */
export interface ProcessContext {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on the first SIGINT or SIGTERM: end in good order. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly nodeVersion: string;
}

/** What a subcommand runs with. */
export interface CommandContext<C extends CommandName> extends ProcessContext {
  readonly config: CommandConfig<C>;
  readonly operands: readonly string[];
  readonly logger: Logger;
}

/** Runs a subcommand to its end; errors are thrown, and turned into a message and an exit status in one place. */
export type CommandRun<C extends CommandName> = (context: CommandContext<C>) => Promise<ExitName>;

/** How a subcommand shows in `--help`, and how it is loaded: only the one that runs is. */
export interface CommandEntry<C extends CommandName> {
  readonly summary: string;
  /** In commander's notation, `[network...]`; empty when it takes none. */
  readonly operands: string;
  readonly examples: readonly string[];
  readonly load: () => Promise<CommandRun<C>>;
}

export type CommandTable = { readonly [C in CommandName]?: CommandEntry<C> };
