// Tells people in a terminal that a subcommand still waits for answers.
import type { Writable } from "node:stream";
import type { Clock } from "#src/core/clock.ts";
import { isTerminalStream } from "./text-style.ts";

const firstMs = 2_000;
const stepMs = 1_000;
const eraseLine = "\r\u001b[K";

/** A line that is there until something else is written. */
export interface Progress {
  /** The streams of the subcommand, which take the line away before they write. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Takes the line away; it does not come again. */
  end(): void;
}

/**
 * Writes `textAfter` of the seconds that have passed on standard error: after two seconds, and then in each second, until the
 * subcommand writes or ends. It writes nothing where standard error is no terminal.
 */
export function showProgress(
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
  clock: Pick<Clock, "monotonicMs" | "after">,
  textAfter: (seconds: number) => string,
): Progress {
  if (!isTerminalStream(stderr)) return { stdout, stderr, end: () => {} };
  const startMs = clock.monotonicMs();
  let isShown = false;
  const show = (): void => {
    isShown = true;
    const seconds = Math.round((clock.monotonicMs() - startMs) / 1_000);
    // The cursor goes back to the begin of the line, where a line of the log may go on.
    stderr.write(`${eraseLine}${textAfter(seconds)}\r`);
    cancel = clock.after(stepMs, show);
  };
  let cancel = clock.after(firstMs, show);
  const end = (): void => {
    cancel();
    if (isShown) stderr.write(eraseLine);
    isShown = false;
  };
  return { stdout: writingAfter(stdout, end), stderr: writingAfter(stderr, end), end };
}

/** The stream, which calls `before` whenever it is written to. */
function writingAfter(stream: Writable, before: () => void): Writable {
  return new Proxy(stream, {
    get(target, name) {
      if (name === "write") before();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
