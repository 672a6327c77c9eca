// Floods of hostile connections, and what they do to those who create pods meanwhile.
import { join } from "node:path";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { burst, tellErrors } from "../burst.ts";
import type { HostileOrder } from "./hostile-peers-main.ts";

const program = join(import.meta.dirname, "hostile-peers-main.ts");

/** Starts the connections, and ends them with the returned process. They are opened again whenever they are cut. */
export async function startFlood(folder: string, order: HostileOrder): Promise<ManagedProcess> {
  const name = `flood-${order.kind}-${order.addresses.length}`;
  const flood = new ManagedProcess({
    name,
    command: process.execPath,
    args: [program, JSON.stringify(order)],
    logFile: join(folder, `${name}.log`),
    ready: untilLine(/flooding/),
  });
  await flood.start();
  return flood;
}

/** So many addresses of loopback. The first is 127.0.0.2, so that none is that of those who create pods. */
export function strangers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `127.0.0.${n + 2}`);
}

/** The times of calls, and the errors of those that failed. */
export interface Measured {
  readonly medianMs: number;
  readonly p99Ms: number;
  /** "" when none failed. */
  readonly errors: string;
}

/** Calls `create` so often, four at a time. */
export async function measure(count: number, create: (number: number) => Promise<unknown>): Promise<Measured> {
  const outcomes = await burst({ count, concurrency: 4 }, create);
  const times = outcomes.map(({ startedMs, endedMs }) => endedMs - startedMs).sort((a, b) => a - b);
  const at = (part: number): number => Math.round(times[Math.ceil(times.length * part) - 1] ?? 0);
  return { medianMs: at(0.5), p99Ms: at(0.99), errors: tellErrors(outcomes) };
}
