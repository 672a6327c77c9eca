import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { type KeyPair, type ParsedKeyPair, parseKeyPair } from "./key-pair.ts";
import type { CertificateSource } from "./serving.ts";

export interface CertificateFilesOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** For metrics and logs. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly pollMs?: number;
}

/** As controller-runtime's certwatcher: notifications can be missed (network filesystems, a replaced folder). */
const defaultPollMs = 10_000;

/**
 * A certificate from two files, read again when they change. Watches the folders, because the kubelet replaces a
 * symlink and a watch on the file itself goes blind; and polls. A pair that does not belong together (one file is
 * written before the other) or cannot be read is not taken: the old one stays in use until the files are right.
 */
export class CertificateFiles implements CertificateSource {
  readonly #options: CertificateFilesOptions;
  readonly #listeners = new Set<(pair: KeyPair) => void>();
  #watchers: FSWatcher[] = [];
  #pair: ParsedKeyPair;
  #refused = "";
  #reading: Promise<void> | undefined;
  #wanted = 0;
  #closed = false;
  #cancelPoll = (): void => undefined;

  /** Reads the files for the first time. Throws `ConfigInvalid` when they cannot be used. */
  static async open(options: CertificateFilesOptions): Promise<CertificateFiles> {
    return new CertificateFiles(options, parseKeyPair(await readPair(options)));
  }

  private constructor(options: CertificateFilesOptions, pair: ParsedKeyPair) {
    this.#options = options;
    this.#pair = pair;
    this.#report();
    this.#watch();
    this.#poll();
  }

  current(): KeyPair {
    return this.#pair;
  }

  onChange(listener: (pair: KeyPair) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the files now; resolves when a reading that began after this call is done. */
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
    this.#listeners.clear();
    await this.#reading;
  }

  async #readUntilQuiet(): Promise<void> {
    for (let begun = 0; begun !== this.#wanted; ) {
      begun = this.#wanted;
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    const { name, logger, metrics } = this.#options;
    try {
      const files = await readPair(this.#options);
      if (files.cert === this.#pair.cert && files.key === this.#pair.key) return;
      this.#pair = parseKeyPair(files);
      this.#refused = "";
    } catch (error) {
      const { message } = fromUnknown(error);
      // Half-written files are normal and repeat with each poll: said once for each cause.
      if (message !== this.#refused) {
        metrics.count("ovn4nfv_certificate_reloads_total", { outcome: "refused" });
        logger.warn({ source: name, reason: message }, "certificate files refused, the old pair stays");
      }
      this.#refused = message;
      return;
    }
    metrics.count("ovn4nfv_certificate_reloads_total", { outcome: "used" });
    this.#report();
    for (const listener of this.#listeners) listener(this.#pair);
  }

  #report(): void {
    const { name, logger, metrics } = this.#options;
    const { subject, validToDate, fingerprint256 } = this.#pair.certificate;
    metrics.set("ovn4nfv_certificate_expiry_seconds", { source: name }, validToDate.getTime() / 1000);
    logger.info({ source: name, subject, notAfter: validToDate.toISOString(), fingerprint256 }, "certificate in use");
  }

  #watch(): void {
    const { certFile, keyFile, logger, name } = this.#options;
    const onEvent = (): void => void this.refresh();
    for (const folder of new Set([dirname(certFile), dirname(keyFile)])) {
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

async function readPair({ certFile, keyFile }: CertificateFilesOptions): Promise<KeyPair> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
    return { cert, key };
  } catch (cause) {
    throw new AppError("ConfigInvalid", `certificate files cannot be read: ${fromUnknown(cause).message}`, { cause });
  }
}
