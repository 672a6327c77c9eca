import { readFile } from "node:fs/promises";
import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { type CertificateKeyPair, type ParsedKeyPair, parseKeyPair } from "./key-pair.ts";
import { ReloadedFiles } from "./reloaded-files.ts";

export interface CertificateFilesOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** The name in metrics and logs. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly pollMs?: number;
}

/**
 * Reads a certificate and its key from two files, and again when they change. Files that cannot be read, or that do not belong
 * together because one is written before the other, are not used: the old pair stays in use until the files are right. Throws
 * `ConfigInvalid` when the first read fails.
 */
export async function openCertificateFiles(options: CertificateFilesOptions): Promise<ReloadedFiles<ParsedKeyPair>> {
  const { certFile, keyFile, name, clock, logger, metrics, pollMs } = options;
  const report = ({ certificate: { subject, validToDate, fingerprint256 } }: ParsedKeyPair): void => {
    metrics.set("ovn4nfv_certificate_expiry_seconds", { source: name }, validToDate.getTime() / 1000);
    logger.info({ source: name, subject, notAfter: validToDate.toISOString(), fingerprint256 }, "certificate in use");
  };
  const used = (pair: ParsedKeyPair): void => {
    metrics.count("ovn4nfv_certificate_reloads_total", { outcome: "used" });
    report(pair);
  };
  const refused = (reason: string): void => {
    metrics.count("ovn4nfv_certificate_reloads_total", { outcome: "refused" });
    logger.warn({ source: name, reason }, "certificate files refused, the old pair stays");
  };
  const read = async (inUse: ParsedKeyPair): Promise<ParsedKeyPair> => {
    const pair = await readPair(options);
    return pair.cert === inUse.cert && pair.key === inUse.key ? inUse : parseKeyPair(pair);
  };
  const first = parseKeyPair(await readPair(options));
  report(first);
  return new ReloadedFiles({ files: [certFile, keyFile], name, read, used, refused, clock, logger, pollMs }, first);
}

async function readPair({ certFile, keyFile }: CertificateFilesOptions): Promise<CertificateKeyPair> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
    return { cert, key };
  } catch (cause) {
    throw new AppError("ConfigInvalid", `certificate files cannot be read: ${fromUnknown(cause).message}`, { cause });
  }
}
