import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { check } from "../check/check.ts";
import type { CommandContext } from "../command.ts";

const betweenChecksMs = 2_000;

interface Comparison {
  readonly compare: () => Promise<readonly unknown[]>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Compares until Kubernetes and the database agree, or the time is up, and gives what is left. A comparison that fails is said and
 * done again, because the database has just been restored. Throws the last failure.
 */
export async function lastFindings(parts: Comparison, untilMs: number): Promise<readonly unknown[]> {
  const { compare, clock, signal, say } = parts;
  for (;;) {
    const isLast = () => signal.aborted || clock.monotonicMs() >= untilMs;
    try {
      const findings = await compare();
      if (findings.length === 0 || isLast()) return findings;
    } catch (caught) {
      const error = fromUnknown(caught);
      if (error.disposition !== "retry" || isLast()) {
        say("the database was restored, and the webhooks were started; run `ovn4nfv check`");
        throw caught;
      }
      say(`not compared: ${error.message}`);
    }
    await clock.sleep(betweenChecksMs, signal);
  }
}

/** Gives what `ovn4nfv check` prints. */
export async function checkOnce(context: CommandContext<"restore">): Promise<readonly unknown[]> {
  const stdout = new PassThrough();
  const printed = text(stdout);
  const config = { ...context.config, output: "json", repair: false, adoptCluster: undefined } as const;
  try {
    await check({ ...context, config, stdout });
  } finally {
    stdout.end();
  }
  return JSON.parse(await printed) as readonly unknown[];
}
