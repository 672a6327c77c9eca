import { X509Certificate } from "node:crypto";
import { AppError } from "#src/core/errors.ts";

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads the certificates of a PEM text, in order. Throws `ConfigInvalid` for a block that is no certificate. */
export function parseBundle(pem: string): readonly X509Certificate[] {
  try {
    return [...pem.matchAll(block)].map(([text]) => new X509Certificate(text));
  } catch (cause) {
    throw new AppError("ConfigInvalid", "a certificate of the bundle cannot be read", { cause });
  }
}

/** Prints the certificates as one PEM text, each of them once. */
export function printBundle(certificates: readonly X509Certificate[]): string {
  const byFingerprint = new Map(certificates.map((certificate) => [certificate.fingerprint256, certificate]));
  return [...byFingerprint.values()].map((certificate) => certificate.toString()).join("");
}
