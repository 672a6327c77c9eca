// The frame of the subcommands that print objects as the API server has them.
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { openApiClient } from "../../cluster.ts";
import type { ProcessContext } from "../../command.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { CommandName } from "../../flags/command-names.ts";
import type { CommandConfig } from "../../flags/flags.ts";
import { type Column, printLines } from "../../output.ts";
import { selectNamed } from "../select-named.ts";

/** The part of the context that all of them have. */
interface InspectContext extends ProcessContext {
  readonly config: Pick<CommandConfig<"nodes">, "kubeconfig" | "output" | "timeoutMs">;
  readonly operands: readonly string[];
}

export interface Inspection<Context extends InspectContext, Row, Line> {
  /** The name of the subcommand. */
  readonly subcommand: CommandName;
  /** Reads the objects that can be shown, in their order. */
  readonly read: (client: ApiClient, context: Context, call: CallOptions) => Promise<readonly Row[]>;
  /** Says that none of them has this name. */
  readonly missing: (name: string) => string;
  /** The lines of the table that one object has. */
  readonly linesOf: (row: Row) => readonly Line[];
  readonly columns: readonly Column<Line>[];
}

/** Makes a subcommand that prints the objects that are named, or all. It throws `ConfigInvalid` for a name that none has. */
export function inspectCommand<Context extends InspectContext, Row extends { readonly name: string }, Line>(
  inspection: Inspection<Context, Row, Line>,
): (context: Context) => Promise<ExitName> {
  const { subcommand, read, missing, linesOf, columns } = inspection;
  return async (context) => {
    const { config, operands, clock, signal, stdout } = context;
    const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
    const client = await openApiClient(context, `ovn4nfv-${subcommand}`, createMetrics());
    try {
      const known = await read(client, context, call);
      const shown = selectNamed(operands, known, (name) => new AppError("ConfigInvalid", missing(name)));
      stdout.write(printLines(config.output, shown, linesOf, columns));
      return "ok";
    } finally {
      client.close();
    }
  };
}
