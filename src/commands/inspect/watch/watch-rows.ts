// `--watch`: prints a list, and then each change of it, until somebody ends the subcommand.
import type { AppError } from "#src/core/errors.ts";
import type { ProcessContext } from "../../command.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { NbReadingOptions } from "../../nb-reading.ts";
import type { ListFormat, Listing } from "../../output/print-rows.ts";
import { styleOf } from "../../output/text-style.ts";
import { visibleText } from "../../output/visible-text.ts";
import { changePrinter } from "./change-printer.ts";
import { ListChanges } from "./list-changes.ts";

/** A change often comes in parts, of the Northbound database and of Kubernetes, which are shown together. */
const gatherMs = 200;

type Context = Pick<ProcessContext, "stdout" | "stderr" | "env" | "signal" | "clock"> & {
  readonly config: { readonly listing: ListFormat };
};

/** Is rung when something may have changed, and waited for by one. */
export class Bell {
  #rung = Promise.withResolvers<undefined>();

  readonly ring = (): void => {
    this.#rung.resolve(undefined);
  };

  /** Waits for the next ring, or returns at once when it was rung since the last one. The signal ends the wait as well. */
  async wait(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<undefined>();
    const end = (): void => {
      aborted.resolve(undefined);
    };
    signal.addEventListener("abort", end, { once: true });
    if (!signal.aborted) await Promise.race([this.#rung.promise, aborted.promise]);
    signal.removeEventListener("abort", end);
    this.#rung = Promise.withResolvers();
  }
}

export interface WatchedRows<Row, Line> {
  readonly listing: Listing<Row, Line>;
  /** Names what stays the same of a row. */
  readonly keyOf: (row: Row) => string;
  /** The rows as they are now. */
  readonly current: () => readonly Row[];
  /** Is rung when what `current` reads has changed. */
  readonly bell: Bell;
}

/** The options of a reading that rings the bell, and tells on standard error when the database no longer answers. */
export function ringing(
  { stderr, signal }: Pick<Context, "stderr" | "signal">,
  bell: Bell,
): Pick<NbReadingOptions, "changed" | "following"> {
  return {
    changed: bell.ring,
    following: (lost: AppError | undefined) => {
      if (lost === undefined || signal.aborted) return;
      stderr.write(`ovn4nfv: ${visibleText(lost.message)}; the watch goes on when the database answers\n`);
    },
  };
}

/** Prints the rows, and each change of them, until the signal aborts. */
export async function watchRows<Row, Line>(
  { config, stdout, env, signal, clock }: Context,
  { listing, keyOf, current, bell }: WatchedRows<Row, Line>,
): Promise<ExitName> {
  const print = changePrinter(config.listing, listing, styleOf(stdout, env));
  const changes = new ListChanges(keyOf);
  for (;;) {
    const found = changes.next(current());
    if (found.length > 0) stdout.write(print(found));
    await bell.wait(signal);
    if (signal.aborted) return "ok";
    // An abort ends the wait, and the rest is printed once more.
    await clock.sleep(gatherMs, signal).catch(() => undefined);
  }
}
