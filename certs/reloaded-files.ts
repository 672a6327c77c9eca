import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { FileWatch } from "./file-watch.ts";

export interface ReloadedFilesOptions<T> {
  readonly files: readonly string[];
  /** The name in logs. */
  readonly name: string;
  /** Reads the files. It returns `inUse` itself when nothing has changed, and throws when the files cannot be used. */
  readonly read: (inUse: T) => Promise<T>;
  /** Called with a new value that is in use now. */
  readonly used: (value: T) => void;
  /** Called with the reason why the files are not used, once for each reason. */
  readonly refused: (reason: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs?: number | undefined;
}

/** The value of files, which are read again when they change. When they cannot be used, the old value stays in use. */
export class ReloadedFiles<T> {
  readonly #options: ReloadedFilesOptions<T>;
  readonly #watch: FileWatch;
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;
  #refused = "";

  constructor(options: ReloadedFilesOptions<T>, value: T) {
    const { files, name, clock, logger, pollMs } = options;
    this.#options = options;
    this.#value = value;
    this.#watch = new FileWatch({ files, name, read: () => this.#read(), clock, logger, pollMs });
  }

  current(): T {
    return this.#value;
  }

  /** Calls the listener when `current` has changed. The returned function ends that. */
  onChange(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the files now. Resolves when a read that began after this call is done. */
  refresh(): Promise<void> {
    return this.#watch.refresh();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#watch.close();
  }

  async #read(): Promise<void> {
    const { read, used, refused } = this.#options;
    let value: T;
    try {
      value = await read(this.#value);
    } catch (error) {
      const { message } = fromUnknown(error);
      // Half-written files are normal, and the same error comes with each poll.
      if (message !== this.#refused) refused(message);
      this.#refused = message;
      return;
    }
    this.#refused = "";
    if (value === this.#value) return;
    this.#value = value;
    used(value);
    for (const listener of this.#listeners) listener(value);
  }
}
