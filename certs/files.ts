import { readFile } from "node:fs/promises";
import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { FileWatch } from "./file-watch.ts";
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

/**
 * A certificate from two files, read again when they change. A pair that does not belong together (one file is
 * written before the other) or cannot be read is not taken: the old one stays in use until the files are right.
 */
export class CertificateFiles implements CertificateSource {
  readonly #options: CertificateFilesOptions;
  readonly #listeners = new Set<(pair: KeyPair) => void>();
  readonly #watch: FileWatch;
  #pair: ParsedKeyPair;
  #refused = "";

  /** Reads the files for the first time. Throws `ConfigInvalid` when they cannot be used. */
  static async open(options: CertificateFilesOptions): Promise<CertificateFiles> {
    return new CertificateFiles(options, parseKeyPair(await readPair(options)));
  }

  private constructor(options: CertificateFilesOptions, pair: ParsedKeyPair) {
    this.#options = options;
    this.#pair = pair;
    this.#report();
    const { certFile, keyFile, name, clock, logger, pollMs } = options;
    const read = () => this.#read();
    this.#watch = new FileWatch({ files: [certFile, keyFile], name, read, clock, logger, pollMs });
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
    return this.#watch.refresh();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#watch.close();
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
}

async function readPair({ certFile, keyFile }: CertificateFilesOptions): Promise<KeyPair> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
    return { cert, key };
  } catch (cause) {
    throw new AppError("ConfigInvalid", `certificate files cannot be read: ${fromUnknown(cause).message}`, { cause });
  }
}
