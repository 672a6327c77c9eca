import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";

export interface FileWatchOptions {
  readonly files: readonly string[];
  /** The name in logs. */
  readonly name: string;
  /** Reads the files. It never runs twice at the same time, and must not reject. */
  readonly read: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs?: number | undefined;
}

/**
 * The files are also polled, because notifications can be missed on network filesystems or when a folder is replaced. The
 * interval is that of controller-runtime's certwatcher.
 */
const defaultPollMs = 10_000;

/**
 * Reads files when they may have changed. It watches their folders and polls. A watch on a file itself would not see the
 * kubelet's change, which replaces a symlink.
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  #watchers: FSWatcher[] = [];
  #reading: Promise<void> | undefined;
  #wanted = 0;
  #closed = false;
  #cancelPoll = (): void => undefined;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#watch();
    this.#poll();
  }

  /** Reads the files now. Resolves when a read that began after this call is done. */
  refresh(): Promise<void> {
    this.#wanted += 1;
    this.#reading ??= this.#readUntilQuiet().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPoll();
    for (const watcher of this.#watchers) watcher.close();
    await this.#reading;
  }

  async #readUntilQuiet(): Promise<void> {
    for (let begun = 0; begun !== this.#wanted; ) {
      begun = this.#wanted;
      await this.#options.read();
    }
  }

  #watch(): void {
    const { files, logger, name } = this.#options;
    const onEvent = (): void => void this.refresh();
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      try {
        const watcher = watch(folder, { persistent: false }, onEvent);
        watcher.on("error", (err) => {
          logger.warn({ err, source: name }, "watch on certificate folder ended, polling goes on");
        });
        this.#watchers.push(watcher);
      } catch (error) {
        logger.warn({ err: fromUnknown(error), source: name }, "certificate folder cannot be watched, polling only");
      }
    }
  }

  #poll(): void {
    this.#cancelPoll = this.#options.clock.after(this.#options.pollMs ?? defaultPollMs, () => {
      void this.refresh();
      if (!this.#closed) this.#poll();
    });
  }
}
