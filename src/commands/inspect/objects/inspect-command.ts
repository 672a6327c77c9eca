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
import { writeListing } from "../../output/print-rows.ts";
import type { Column } from "../../output/text-table.ts";
import { hintAtNamespace } from "../misspelt.ts";
import { hintFor, nameOf, type Named, selectNamed } from "../select-named.ts";

/** The part of the context that all of them have. */
interface InspectContext extends ProcessContext {
  readonly config: Pick<CommandConfig<"nodes">, "kubeconfig" | "listing" | "timeoutMs"> & {
    readonly namespace?: string | undefined;
  };
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
export function inspectCommand<Context extends InspectContext, Row extends Named, Line>(
  inspection: Inspection<Context, Row, Line>,
): (context: Context) => Promise<ExitName> {
  const { subcommand, read, missing, linesOf, columns } = inspection;
  return async (context) => {
    const { config, operands, clock, signal } = context;
    const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
    const client = await openApiClient(context, `ovn4nfv-${subcommand}`, createMetrics());
    try {
      const known = await read(client, context, call);
      if (known.length === 0) await hintAtNamespace(context, client, config.namespace, call);
      const shown = selectNamed(operands, known, (name) => {
        const hint = hintFor(name, known, `\`ovn4nfv ${subcommand}\` lists those that there are`);
        return new AppError("ConfigInvalid", `${missing(name)}; ${hint}`);
      });
      writeListing(context, shown, { linesOf, columns, nameOf });
      return "ok";
    } finally {
      client.close();
    }
  };
}
