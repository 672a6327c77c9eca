import { createPrivateKey, X509Certificate } from "node:crypto";
import { AppError } from "#src/core/errors.ts";

/** A certificate (with its chain, leaf first) and its private key, both in PEM. */
export interface CertificateKeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface ParsedKeyPair extends CertificateKeyPair {
  /** The first certificate of the chain. */
  readonly certificate: X509Certificate;
}

/** Parses a pair and checks that key and certificate belong together. Throws `ConfigInvalid`, which never quotes the key. */
export function parseKeyPair({ cert, key }: CertificateKeyPair): ParsedKeyPair {
  const certificate = attempt("the certificate is not PEM", () => new X509Certificate(cert));
  const privateKey = attempt("the private key is not PEM, or is encrypted", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new AppError("ConfigInvalid", "the private key does not belong to the certificate");
  }
  return { cert, key, certificate };
}

function attempt<T>(problem: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new AppError("ConfigInvalid", problem, { cause });
  }
}
