import { readFile } from "node:fs/promises";
import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { FileWatch } from "./file-watch.ts";
import { parseBundle } from "./pem-bundle.ts";

export interface BundleFileOptions {
  readonly file: string;
  /** For logs. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs?: number;
}

/** Authorities (PEM) from a file, read again when it changes. What cannot be used is not taken: the old ones stay. */
export class BundleFile {
  readonly #options: BundleFileOptions;
  readonly #watch: FileWatch;
  readonly #listeners = new Set<() => void>();
  #bundle: string;
  #refused = "";

  /** Throws `ConfigInvalid` when the file cannot be used. */
  static async open(options: BundleFileOptions): Promise<BundleFile> {
    return new BundleFile(options, await readBundle(options.file));
  }

  private constructor(options: BundleFileOptions, bundle: string) {
    const { file, name, clock, logger, pollMs } = options;
    this.#options = options;
    this.#bundle = bundle;
    this.#watch = new FileWatch({ files: [file], name, read: () => this.#read(), clock, logger, pollMs });
  }

  current(): string {
    return this.#bundle;
  }

  /** Calls back when `current` has changed; the returned function ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the file now. */
  refresh(): Promise<void> {
    return this.#watch.refresh();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#watch.close();
  }

  async #read(): Promise<void> {
    const { file, name, logger } = this.#options;
    try {
      const bundle = await readBundle(file);
      this.#refused = "";
      if (bundle === this.#bundle) return;
      this.#bundle = bundle;
    } catch (error) {
      const { message } = fromUnknown(error);
      if (message !== this.#refused)
        logger.warn({ source: name, reason: message }, "authorities refused, the old ones stay");
      this.#refused = message;
      return;
    }
    logger.info({ source: name, authorities: parseBundle(this.#bundle).length }, "authorities in use");
    for (const listener of this.#listeners) listener();
  }
}

async function readBundle(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new AppError("ConfigInvalid", `${file} cannot be read: ${fromUnknown(cause).message}`, { cause });
  }
  if (parseBundle(text).length > 0) return text;
  throw new AppError("ConfigInvalid", `${file} holds no certificate`);
}
