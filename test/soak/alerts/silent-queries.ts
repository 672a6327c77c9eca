import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "#src/core/clock.ts";
import { root } from "#tools/source-files.ts";
import type { Prometheus } from "#test/stacks/monitoring/prometheus.ts";

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

/** The queries of the dashboard that have had no data so far. Some have data for a moment only. */
export class SilentQueries implements AsyncDisposable {
  readonly all: readonly string[];
  readonly #prometheus: Prometheus;
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #silent: readonly string[];

  constructor(prometheus: Prometheus) {
    const text = readFileSync(join(root, "deploy/monitoring/dashboard.json"), "utf8");
    const { panels } = JSON.parse(text) as Dashboard;
    this.#prometheus = prometheus;
    this.all = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    this.#silent = this.all;
    this.#asking = this.#ask();
    // Its end tells what has gone wrong.
    this.#asking.catch(() => undefined);
  }

  get left(): readonly string[] {
    return this.#silent;
  }

  async #ask(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const found = await Promise.all(
        this.#silent.map(async (expr) => ({ expr, count: await this.#prometheus.ask(expr) })),
      );
      this.#silent = found.flatMap(({ expr, count }) => (count === 0 ? [expr] : []));
      await systemClock.sleep(1_000, signal).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }
}
